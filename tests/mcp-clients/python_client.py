"""A program with Python's official `mcp` package, unmodified, which python.test.ts drives.

A line is a JSON value. In: {"connect": SETTINGS}, which leaves the connection before it, then what to do there. Out: how it went, {"result"} or
{"error"}; before it what only a person can do, {"visit": URL} or {"question": PARAMETERS}, each answered by the next line in.
"""

import json
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import anyio.to_thread
import httpx2
from mcp import Client, MCPError, UrlElicitationRequiredError
from mcp.client.auth import OAuthClientProvider, OAuthFlowError, OAuthRegistrationError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp.types import URL_ELICITATION_REQUIRED, ElicitResult

PROBLEMS = (MCPError, OAuthFlowError, OAuthRegistrationError)


def say(line: Any) -> None:
    print(json.dumps(line), flush=True)


async def hear() -> Any:
    line = await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
    return json.loads(line or "null")


class Memory:
    """What the package keeps of a login; a client that was registered before is there from the start."""

    def __init__(self, client: dict[str, Any] | None) -> None:
        self.client = OAuthClientInformationFull.model_validate(client) if client else None
        self.tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


async def came_back() -> AuthorizationCodeResult:
    query = parse_qs(urlsplit(await hear()).query)
    first = {name: values[0] for name, values in query.items()}
    return AuthorizationCodeResult(code=first.get("code", ""), state=first.get("state"), iss=first.get("iss"))


async def visit(url: str) -> None:
    say({"visit": url})


async def ask(_: Any, question: Any) -> ElicitResult:
    say({"question": question.model_dump(by_alias=True, exclude_none=True)})
    return ElicitResult.model_validate(await hear())


async def call(client: Client, name: str, arguments: dict[str, Any]) -> Any:
    """In a session a server may refuse with addresses that have to be visited first; that is for the program to do, and to call again."""
    try:
        return await client.call_tool(name, arguments)
    except MCPError as problem:
        if problem.error.code != URL_ELICITATION_REQUIRED:
            raise
        for question in UrlElicitationRequiredError.from_error(problem.error).elicitations:
            await ask(None, question)
        return await client.call_tool(name, arguments)


async def perform(client: Client, told: dict[str, Any]) -> Any:
    match told:
        case {"call": name, "arguments": arguments}:
            result: Any = await call(client, name, arguments)
        case {"list": "tools"}:
            result = await client.list_tools()
        case {"prompt": name, "arguments": arguments}:
            result = await client.get_prompt(name, arguments)
        case _:
            raise ValueError(told)
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


def tell_problem(problem: BaseException) -> None:
    """What was expected to fail may; anything else ends the program."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    if not isinstance(problem, PROBLEMS):
        raise problem
    say({"error": f"{type(problem).__name__}: {problem}"})


async def serve(settings: dict[str, Any]) -> Any:
    """Connects and does what it is told; gives the line that is not for this connection."""
    url = settings["url"]
    metadata = OAuthClientMetadata(
        client_name="Python under test", redirect_uris=[settings["callback"]], token_endpoint_auth_method=settings["method"]
    )
    auth = OAuthClientProvider(url, metadata, Memory(settings.get("client")), visit, came_back)
    async with httpx2.AsyncClient(auth=auth, timeout=httpx2.Timeout(30, read=300)) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=settings["mode"], elicitation_callback=ask) as client:
            say({"result": {"revision": client.protocol_version}})
            while (told := await hear()) and "connect" not in told:
                try:
                    say({"result": await perform(client, told)})
                except PROBLEMS as problem:
                    tell_problem(problem)
            return told


async def main() -> None:
    told = await hear()
    while told:
        try:
            told = await serve(told["connect"])
        except (*PROBLEMS, BaseExceptionGroup) as problem:
            tell_problem(problem)
            told = await hear()


anyio.run(main)
