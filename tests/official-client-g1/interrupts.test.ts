// Generation 1 of the official client, unmodified: agents 0.2.35, AI SDK 5.0.119, Auth0's hook. Waits outside the chat.
import { approvals } from "../old-clients/approvals.ts";
import { interrupts } from "../old-clients/interrupts.ts";
import { stageFor } from "../old-clients/stage.ts";

const stage = stageFor("G1");
interrupts(stage);
approvals(stage);
