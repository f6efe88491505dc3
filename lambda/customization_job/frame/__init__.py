"""What every resource type shares: the event, the response, time, errors and the state of the stack."""
