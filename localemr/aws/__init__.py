"""What all AWS services share, independent of the protocol of a call: errors, operations, paging, the record of a
service."""
