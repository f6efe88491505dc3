"""The resource type `Custom::BedrockPublishedModel`: a parameter that holds the ARN of a job's model."""
