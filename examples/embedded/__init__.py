"""An app of the CDK that has the service inside of its own stack."""
