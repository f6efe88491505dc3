"""The resource type `Custom::BedrockCustomModelDeployment`: an on-demand deployment of a custom model."""
