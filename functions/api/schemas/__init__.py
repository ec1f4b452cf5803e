"""What calls hand in and what they are answered, as models: the bodies, and the schemas of the
OpenAPI document. A module has the name of the routes that it is for.
"""
