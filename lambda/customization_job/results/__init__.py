"""The resource type `Custom::BedrockModelCustomizationResult`: how a job has ended, or that it still runs."""
