"""What all AWS services share, however they are called: errors, operations, pages, the record of a service."""
