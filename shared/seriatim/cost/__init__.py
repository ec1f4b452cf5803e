"""What a sequence costs on AWS: the calls that it makes here, counted, at AWS's list prices."""
