// Generation 1 of the official client, unmodified: agents 0.2.35, AI SDK 5.0.119, Auth0's hook. Turns and confirmations.
import { confirmations } from "../old-clients/confirmations.ts";
import { plainTurns } from "../old-clients/plain-turns.ts";
import { stageFor } from "../old-clients/stage.ts";

const stage = stageFor("G1");
plainTurns(stage);
confirmations(stage);
