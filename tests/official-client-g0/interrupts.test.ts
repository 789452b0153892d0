// Generation 0 of the official client, as the Auth0 starter pins it, unmodified: agents 0.2.19, AI SDK 5.0.33, Auth0's hook. Waits outside the chat.
import { approvals } from "../old-clients/approvals.ts";
import { interrupts } from "../old-clients/interrupts.ts";
import { stageFor } from "../old-clients/stage.ts";

const stage = stageFor("G0");
interrupts(stage);
approvals(stage);
