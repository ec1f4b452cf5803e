"""The data model of definitions: sequences, nodes, transitions, task definitions, templates, pools,
triggers.
"""
