"""Checks of OpenFGA's API with its Python SDK: `openfga_sdk_checks.py CHECK JSON` prints `ok`, or ends with what went wrong."""

import asyncio
import json
import sys

import openfga_sdk
from openfga_sdk import ReadRequestTupleKey
from openfga_sdk.client import ClientConfiguration
from openfga_sdk.client.models import (
    ClientAssertion,
    ClientBatchCheckItem,
    ClientBatchCheckRequest,
    ClientCheckRequest,
    ClientExpandRequest,
    ClientListObjectsRequest,
    ClientListRelationsRequest,
    ClientTuple,
    ClientWriteRequest,
)
from openfga_sdk.client.models.list_users_request import ClientListUsersRequest
from openfga_sdk.client.models.read_changes_request import ClientReadChangesRequest
from openfga_sdk.client.models.write_conflict_opts import (
    ClientWriteRequestOnDuplicateWrites,
    ClientWriteRequestOnMissingDeletes,
    ConflictOptions,
)
from openfga_sdk.credentials import CredentialConfiguration, Credentials
from openfga_sdk.exceptions import ApiException, AuthenticationError, NotFoundException, UnauthorizedException, ValidationException
from openfga_sdk.models import CreateStoreRequest, FgaObject, UserTypeFilter
from openfga_sdk.sync import OpenFgaClient

told = json.loads(sys.argv[2])
ana = ("user:ana", "owner", "doc:1")
group = ("group:1#member", "viewer", "doc:1")
bo = ("user:bo", "member", "group:1")


def connect(**more):
    return OpenFgaClient(ClientConfiguration(api_url=told["api_url"], **more))


def keys(*tuples):
    return [ClientTuple(user=user, relation=relation, object=object) for user, relation, object in tuples]


def stored(*tuples):
    """A store with the model and these tuples; its client and the model's id."""
    store = connect().create_store(CreateStoreRequest(name="contract")).id
    fga = connect(store_id=store)
    model = fga.write_authorization_model(told["model"]).authorization_model_id
    if tuples:
        fga.write_tuples(keys(*tuples))
    return fga, model


def refused(kind, call, code=None):
    """Whether the call ends with this error, and its code."""
    try:
        call()
    except kind as error:
        if code is not None:
            assert error.code == code, f"{error.code} instead of {code}"
        return
    raise AssertionError(f"{kind.__name__} was expected")


def stores():
    fga = connect()
    ids = {fga.create_store(CreateStoreRequest(name=f"contract {number}")).id for number in range(3)}
    first = fga.list_stores({"page_size": 2})
    second = fga.list_stores({"page_size": 2, "continuation_token": first.continuation_token})
    assert {store.id for store in first.stores + second.stores} == ids | {told["store"]}
    assert second.continuation_token == ""
    own = connect(store_id=ids.pop())
    assert own.get_store().created_at.year >= 2024
    own.delete_store()
    refused(NotFoundException, own.get_store, "store_id_not_found")


def models():
    fga, first = stored()
    second = fga.write_authorization_model(told["model"]).authorization_model_id
    read = fga.read_authorization_model({"authorization_model_id": first}).authorization_model
    assert [found.type for found in read.type_definitions] == ["user", "group", "doc"]
    assert read.conditions["until"].expression == "now < end"
    assert [model.id for model in fga.read_authorization_models().authorization_models] == [second, first]
    assert fga.read_latest_authorization_model().authorization_model.id == second
    wrong = dict(told["model"], type_definitions=[{"type": "doc", "relations": {"a": {"computedUserset": {"relation": "b"}}}}])
    refused(ValidationException, lambda: fga.write_authorization_model(wrong), "invalid_authorization_model")


def tuples():
    fga, _ = stored(ana, group, bo)
    refused(ValidationException, lambda: fga.write_tuples(keys(ana)), "write_failed_due_to_invalid_input")
    ignore = ConflictOptions(
        on_duplicate_writes=ClientWriteRequestOnDuplicateWrites.IGNORE,
        on_missing_deletes=ClientWriteRequestOnMissingDeletes.IGNORE,
    )
    changes = ClientWriteRequest(writes=keys(ana), deletes=keys(("user:no", "owner", "doc:1")))
    fga.write(changes, {"conflict": ignore})
    everything = ReadRequestTupleKey()
    first = fga.read(everything, {"page_size": 2})
    second = fga.read(everything, {"page_size": 2, "continuation_token": first.continuation_token})
    assert [found.key.user for found in first.tuples + second.tuples] == ["user:ana", "group:1#member", "user:bo"]
    assert len(fga.read(ReadRequestTupleKey(user="user:ana", object="doc:")).tuples) == 1
    fga.delete_tuples(keys(ana))
    seen = fga.read_changes(ClientReadChangesRequest("doc"))
    assert [change.operation for change in seen.changes][-1] == "TUPLE_OPERATION_DELETE"
    assert len(seen.changes) == 3


def questions():
    fga, model = stored(ana, group, bo)
    asks = lambda user, **more: fga.check(ClientCheckRequest(user=user, relation="can_view", object="doc:1", **more)).allowed
    assert asks("user:ana") and asks("user:bo") and not asks("user:di")
    assert asks("user:di", contextual_tuples=keys(("user:di", "member", "group:1")))
    refused(ValidationException, lambda: fga.check(ClientCheckRequest(user="user:ana", relation="reads", object="doc:1")), "validation_error")
    items = [ClientBatchCheckItem(user=user, relation="can_view", object="doc:1", correlation_id=user.replace(":", "-")) for user in ("user:bo", "user:di")]
    answers = {found.correlation_id: found.allowed for found in fga.batch_check(ClientBatchCheckRequest(checks=items)).result}
    assert answers == {"user-bo": True, "user-di": False}
    tree = fga.expand(ClientExpandRequest(relation="can_view", object="doc:1")).tree
    assert tree.root.difference.subtract.leaf.computed.userset == "doc:1#blocked"
    fga.write_assertions([ClientAssertion(user="user:ana", relation="can_view", object="doc:1", expectation=True)], {"authorization_model_id": model})
    assert [kept.expectation for kept in fga.read_assertions({"authorization_model_id": model}).assertions] == [True]


def lists():
    fga, _ = stored(ana, group, bo, ("user:*", "viewer", "doc:2"))
    asked = ClientListObjectsRequest(user="user:bo", relation="can_view", type="doc")
    assert sorted(fga.list_objects(asked).objects) == ["doc:1", "doc:2"]
    assert sorted(found.object for found in fga.streamed_list_objects(asked)) == ["doc:1", "doc:2"]
    relations = ClientListRelationsRequest(user="user:bo", object="doc:1", relations=["owner", "viewer", "can_view"])
    assert sorted(fga.list_relations(relations)) == ["can_view", "viewer"]
    users = ClientListUsersRequest(object=FgaObject(type="doc", id="1"), relation="can_view", user_filters=[UserTypeFilter(type="user")])
    assert [found.object.id for found in fga.list_users(users).users] == ["ana", "bo"]


def asynchronous():
    async def ask():
        async with openfga_sdk.OpenFgaClient(ClientConfiguration(api_url=told["api_url"], store_id=told["store"])) as fga:
            await fga.write_tuples(keys(ana))
            answer = await fga.check(ClientCheckRequest(user="user:ana", relation="can_view", object="doc:1"))
            return answer.allowed

    assert asyncio.run(ask())


def key():
    of = lambda token: connect(
        store_id=told["store"],
        credentials=Credentials(method="api_token", configuration=CredentialConfiguration(api_token=token)),
    )
    assert of(told["preshared_key"]).get_store().id == told["store"]
    refused(UnauthorizedException, of("another").get_store)
    refused(UnauthorizedException, connect(store_id=told["store"]).get_store)


def credentials():
    def of(audience):
        configuration = CredentialConfiguration(
            api_issuer=told["token_issuer"],
            api_audience=audience,
            client_id=told["client"]["id"],
            client_secret=told["client"]["secret"],
        )
        return connect(store_id=told["store"], credentials=Credentials(method="client_credentials", configuration=configuration))

    assert of(told["audience"]).get_store().id == told["store"]
    refused((ApiException, AuthenticationError), of(told["api_url"]).get_store)


checks = (stores, models, tuples, questions, lists, asynchronous, key, credentials)
{check.__name__: check for check in checks}[sys.argv[1]]()
print("ok")
