"""The resource type `Custom::BedrockModelCustomizationJob`: a customization job and its model."""
