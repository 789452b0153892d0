// Generation 0 of the official client, as the Auth0 starter pins it, unmodified: agents 0.2.19, AI SDK 5.0.33, Auth0's hook. Turns and confirmations.
import { confirmations } from "../old-clients/confirmations.ts";
import { plainTurns } from "../old-clients/plain-turns.ts";
import { stageFor } from "../old-clients/stage.ts";

const stage = stageFor("G0");
plainTurns(stage);
confirmations(stage);
