"""The resource type `Custom::BedrockProvisionedModelThroughput`: model units that are bought for a model."""
