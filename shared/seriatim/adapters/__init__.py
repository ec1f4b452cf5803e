"""The ports as AWS offers them. The only place, beside ``seriatim.local``, that imports boto3."""
