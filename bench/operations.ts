import type { Operation } from "./operation.ts";
import { connect } from "./operations/connect.ts";
import { logIn } from "./operations/log-in.ts";
import { chatList, nothing, sessionCheck } from "./operations/pages.ts";
import { wholeTurn } from "./operations/whole-turn.ts";

/** What every side has, the baselines too, in the order of the table. */
export const common: Operation[] = [wholeTurn, nothing, sessionCheck, chatList, connect];

/** Everything that is measured of two builds of Deputy. The baselines have no tenant to log in at. */
export const operations: Operation[] = [...common, logIn];
