import type { Operation } from "./operation.ts";
import { connect } from "./operations/connect.ts";
import { logIn } from "./operations/log-in.ts";
import { mcpCall } from "./operations/mcp-call.ts";
import { chatList, nothing, sessionCheck } from "./operations/pages.ts";
import { firstWord, tenTurns, wholeTurn } from "./operations/whole-turn.ts";

/** Everything that is measured, in the order of the table. */
export const operations: Operation[] = [wholeTurn, firstWord, tenTurns, nothing, sessionCheck, chatList, connect, mcpCall, logIn];
