"""Calls of deployed models over HTTP: a fixed sentence that names the model, or what a test has decided."""

import json
import operator
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.testing.bedrock import (
    BedrockDouble,
    BedrockServer,
    DoubleControl,
    ModelAnswer,
    Refuse,
    ServiceError,
)
from constructs_lib.testing.environment import local_client

Client = Any  # botocore makes its clients at run time
Request = Callable[..., dict[str, Any]]

PROMPT = [{"role": "user", "content": [{"text": "Which team gets this ticket?"}]}]
LLAMA = "meta.llama3-3-70b-instruct-v1:0:128k"


@pytest.fixture
def runtime(double: BedrockDouble, request_for: Request) -> Iterator[Client]:
    """Return a boto3 client of a served double with two models of Nova and one of Llama."""
    for number, base in enumerate([None, None, LLAMA], start=1):
        changes = {"baseModelIdentifier": base} if base else {}
        double.call("CreateModelCustomizationJob", request_for(**changes))
        double.complete(f"job-{number}")
    with BedrockServer(double) as server:
        client = local_client(
            "bedrock-runtime",
            url=server.url,
            account=double.account,
            region="us-east-1",
            retries={"total_max_attempts": 1},
        )
        yield client
        client.close()


def said(runtime: Client, deployment: str) -> str:
    """Return the text of a conversation's answer."""
    answer = runtime.converse(modelId=deployment, messages=PROMPT)
    assert (answer["stopReason"], answer["output"]["message"]["role"]) == ("end_turn", "assistant")
    return str(answer["output"]["message"]["content"][0]["text"])


def test_a_deployment_answers_for_its_model(double: BedrockDouble, runtime: Client) -> None:
    """The sentence names the model, and after an update the other one, at the same ARN."""
    arn = double.deploy_model("model-1", name="chat")
    models = {one.name: one.arn for one in double.models()}
    about = f"the custom model model-1 ({models['model-1']})"
    assert said(runtime, arn) == f"The Bedrock double answers every prompt to {about} with this."
    double.call(
        "UpdateCustomModelDeployment",
        {"customModelDeploymentIdentifier": arn, "modelArn": models["model-2"]},
    )
    assert "model-1" in said(runtime, arn)
    double.activate(arn)
    assert "model-2" in said(runtime, arn)


def test_the_body_is_the_one_of_the_base_model(double: BedrockDouble, runtime: Client) -> None:
    """Nova's messages and Llama's generation."""
    nova, llama = (double.deploy_model(f"model-{number}", name=f"chat-{number}") for number in (1, 3))
    answer = runtime.invoke_model(modelId=nova, body=json.dumps({"messages": PROMPT}))
    assert answer["contentType"] == "application/json"
    body = json.loads(answer["body"].read())
    assert "model-1" in body["output"]["message"]["content"][0]["text"]
    body = json.loads(
        runtime.invoke_model(modelId=llama, body=json.dumps({"prompt": "Hello"}))["body"].read()
    )
    assert "model-3" in body["generation"]
    assert [call.request for call in double.calls("InvokeModel")] == [
        {"modelId": nova, "body": {"messages": PROMPT}},
        {"modelId": llama, "body": {"prompt": "Hello"}},
    ]


@pytest.mark.parametrize(
    "method", ["invoke_model", "converse", "invoke_model_with_response_stream", "converse_stream"]
)
def test_what_is_not_ready_does_not_answer(double: BedrockDouble, runtime: Client, method: str) -> None:
    """A deployment that is created, has failed or does not exist, and a model that is not deployed."""
    sent = {"messages": PROMPT} if method.startswith("converse") else {"body": "{}"}
    creating = double.deploy_model("model-1", name="new", status="Creating")
    failed = double.deploy_model("model-1", name="bad", status="Failed")
    gone = double.deploy_model("model-1", name="old")
    double.withdraw(gone)
    for identifier, code, status in (
        (creating, "ModelNotReadyException", 429),
        (failed, "ModelNotReadyException", 429),
        (gone, "ResourceNotFoundException", 404),
        (double.models()[0].arn, "ValidationException", 400),
        ("amazon.nova-lite-v1:0", "ValidationException", 400),
    ):
        with pytest.raises(ClientError) as caught:
            getattr(runtime, method)(modelId=identifier, **sent)
        answer = caught.value.response
        assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


def test_other_calls_are_refused(double: BedrockDouble, runtime: Client) -> None:
    """No message, a body that is not JSON, a fault, and an operation that is unknown; also as a stream."""
    arn = double.deploy_model("model-1", name="chat")
    double.faults.add("Converse", Refuse.throttled())
    for code, call in (
        ("ThrottlingException", lambda: said(runtime, arn)),
        ("ValidationException", lambda: runtime.converse(modelId=arn, messages=[])),
        ("SerializationException", lambda: runtime.invoke_model(modelId=arn, body="Hello")),
        (
            "UnknownOperationException",
            lambda: runtime.apply_guardrail(
                guardrailIdentifier="abcdefgh", guardrailVersion="1", source="INPUT", content=[]
            ),
        ),
        ("ValidationException", lambda: runtime.converse_stream(modelId=arn, messages=[])),
        (
            "SerializationException",
            lambda: runtime.invoke_model_with_response_stream(modelId=arn, body="Hello"),
        ),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == code


def test_a_conversation_streams_the_same_answer(double: BedrockDouble, runtime: Client) -> None:
    """Word by word, with white space and characters of every language, then why it ended and the tokens."""
    arn, text = double.deploy_model("model-1", name="chat"), " Grüße,\n  東京 \U0001f600 end \n"
    double.configure(answers={"": {"": text}})
    events = list(runtime.converse_stream(modelId=arn, messages=PROMPT)["stream"])
    kinds = [kind for one in events for kind in one]
    deltas = kinds.count("contentBlockDelta")
    assert deltas == 4
    assert kinds == [
        "messageStart",
        *["contentBlockDelta"] * deltas,
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    assert "".join(one["contentBlockDelta"]["delta"]["text"] for one in events[1 : 1 + deltas]) == text
    whole = runtime.converse(modelId=arn, messages=PROMPT)
    assert events[0]["messageStart"] == {"role": whole["output"]["message"]["role"]}
    assert events[-2]["messageStop"] == {"stopReason": whole["stopReason"]}
    assert events[-1]["metadata"] == {"usage": whole["usage"], "metrics": whole["metrics"]}
    assert [call.operation for call in double.calls("ConverseStream")] == ["ConverseStream"]


@pytest.mark.parametrize("text", ["It goes to returns.", "", "  "])
def test_a_body_streams_the_same_answer(double: BedrockDouble, runtime: Client, text: str) -> None:
    """Nova's events and Llama's generation, in chunks of JSON; an empty answer ends as well."""
    nova, llama = (double.deploy_model(f"model-{number}", name=f"chat-{number}") for number in (1, 3))
    double.configure(answers={"": {"": text}})

    def chunks(arn: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        answer = runtime.invoke_model_with_response_stream(modelId=arn, body=json.dumps(body))
        assert answer["contentType"] == "application/json"
        return [json.loads(one["chunk"]["bytes"]) for one in answer["body"]]

    of_nova = chunks(nova, {"messages": PROMPT})
    deltas = [one["contentBlockDelta"] for one in of_nova if "contentBlockDelta" in one]
    assert "".join(one["delta"]["text"] for one in deltas) == text
    assert of_nova[-2]["messageStop"] == {"stopReason": "end_turn"}
    of_llama = chunks(llama, {"prompt": "Hello"})
    assert "".join(map(operator.itemgetter("generation"), of_llama)) == text
    reasons = [one["stop_reason"] for one in of_llama]
    assert reasons == [*[None] * (len(of_llama) - 1), "stop"]


def test_a_test_decides_what_models_answer(double: BedrockDouble, runtime: Client) -> None:
    """By a part of the model's request and of the prompt, from another process; tokens are counted."""
    one, three = (double.deploy_model(f"model-{number}", name=f"chat-{number}") for number in (1, 3))
    with BedrockServer(double) as server:
        DoubleControl(server.url).configure(
            answers={"": {"": "billing"}, "model-1": {"ticket": "returns", "": ModelAnswer(text="x" * 100)}}
        )
    assert (said(runtime, one), said(runtime, three)) == ("returns", "billing")
    prompt = [{"role": "user", "content": [{"text": "Hello"}]}]
    answer = runtime.converse(modelId=one, messages=prompt, inferenceConfig={"maxTokens": 10})
    assert answer["output"]["message"]["content"] == [{"text": "x" * 40}]
    assert answer["stopReason"] == "max_tokens"
    assert answer["usage"] == {"inputTokens": 2, "outputTokens": 10, "totalTokens": 12}
    body = json.dumps({"prompt": "Hello", "max_gen_len": 1})
    llama = json.loads(runtime.invoke_model(modelId=three, body=body)["body"].read())
    assert (llama["generation"], llama["stop_reason"], llama["generation_token_count"]) == (
        "bill",
        "length",
        1,
    )


def test_an_answer_may_be_a_guardrail_or_an_error(double: BedrockDouble, runtime: Client) -> None:
    """A function of this process decides; one prompt may fail while others are answered."""
    arn = double.deploy_model("model-1", name="chat")

    def answer(model: str, prompt: str) -> ModelAnswer:
        assert model == double.models()[0].arn
        if "ticket" in prompt:
            return ModelAnswer(text="I cannot.", stop_reason="guardrail_intervened")
        if prompt == "long":
            return ModelAnswer(error="ModelErrorException", message="The input is too long.")
        raise ServiceError("ModelTimeoutException", "The model took too long.")

    double.configure(answers=answer)
    assert runtime.converse(modelId=arn, messages=PROMPT)["stopReason"] == "guardrail_intervened"
    for prompt, code, status in (("long", "ModelErrorException", 424), ("", "ModelTimeoutException", 408)):
        with pytest.raises(ClientError) as caught:
            runtime.invoke_model(
                modelId=arn, body=json.dumps({"messages": [{"content": [{"text": prompt}]}]})
            )
        response = caught.value.response
        assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


@pytest.mark.parametrize("body", [{}, {"messages": 3}, {"messages": [3]}, {"messages": [{"content": [3]}]}])
def test_a_body_of_any_form_has_an_answer(
    double: BedrockDouble, runtime: Client, body: dict[str, Any]
) -> None:
    """What the body has, only the model knows."""
    arn = double.deploy_model("model-1", name="chat")
    double.configure(answers={"": {"": "yes"}})
    answer = json.loads(runtime.invoke_model(modelId=arn, body=json.dumps(body))["body"].read())
    assert answer["output"]["message"]["content"] == [{"text": "yes"}]
