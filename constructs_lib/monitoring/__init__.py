"""Jobs after the deployment: found, described, watched and stopped. No CDK; boto3 only where AWS is asked."""
