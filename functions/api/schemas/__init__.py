"""What calls hand in and what they are answered, as models: the bodies, and the schemas of the
OpenAPI document. A module has the name of the routes that it is for. ``bodies`` has the bodies of
those whose answers are known to the document alone: a cold start does not import them.
"""
