"""EMR's concepts: records, states, names, applications, and the inputs and outputs of deciding. Pure."""
