"""Writing definitions: files of JSON or YAML."""
