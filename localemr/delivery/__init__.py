"""Deliveries to recipients outside: kept until they are received, in order, tried again; and signed calls of AWS's
services. It knows no service of LocalEMR."""
