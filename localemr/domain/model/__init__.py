"""What EMR means: records, states, names, applications, and what deciding sees and requests. Pure."""
