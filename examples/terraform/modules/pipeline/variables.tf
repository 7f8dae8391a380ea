variable "name" {
  type        = string
  description = "Name of the cluster and of its bucket."
}

variable "release_label" {
  type        = string
  description = "EMR's release label."
}

variable "applications" {
  type        = set(string)
  description = "The applications of the cluster."
  default     = ["Spark"]
}

variable "instance_type" {
  type        = string
  description = "Of the master and the core instances."
  default     = "m5.xlarge"
}

variable "most_instances" {
  type        = number
  description = "Managed scaling adds instances up to this number of core and task instances."
  default     = 2
}

variable "jobs" {
  type        = string
  description = "Folder of the jobs, which are uploaded to jobs/ in the bucket."
}

variable "data" {
  type        = map(string)
  description = "Name of a file below raw/ in the bucket, to its text."
  default     = {}
}

variable "steps" {
  type        = list(object({ name = string, args = list(string) }))
  description = "Steps that run when the cluster is ready. {bucket} in an argument is the bucket's address."
  default     = []
}

variable "tags" {
  type        = map(string)
  description = "Tags of the cluster."
  default     = {}
}
