"""The CDK app with which a stack is destroyed by its name: `-c stack=NAME`.

`cdk destroy` needs an app for the stack's name and environment only; so a stack can be destroyed although its
job file is wrong, changed or gone.
"""

import os


def main() -> None:
    """Define a stack that does nothing."""
    import aws_cdk as cdk

    app = cdk.App()
    account, region = os.environ.get("CDK_DEFAULT_ACCOUNT"), os.environ.get("CDK_DEFAULT_REGION")
    env = cdk.Environment(account=account, region=region)
    stack = cdk.Stack(app, str(app.node.get_context("stack")), env=env)
    cdk.CfnWaitConditionHandle(stack, "Nothing")  # the CDK's own rules refuse a template without resources
    app.synth()


if __name__ == "__main__":
    main()
