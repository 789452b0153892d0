/** The part of a chat frame that the client looks at besides the official hook. */
export interface ChatFrame {
  type: string;
  id?: string;
  body?: string;
  error?: boolean;
  done?: boolean;
  replay?: boolean;
}

/** Reads a socket message; undefined for anything that is not a JSON object with a type. */
export function readFrame(data: unknown): ChatFrame | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    if (typeof frame !== "object" || frame === null) return undefined;
    return typeof (frame as ChatFrame).type === "string" ? (frame as ChatFrame) : undefined;
  } catch {
    return undefined;
  }
}

/** The sentence of a notice: something to know while one waits, which is no part of the answer. */
export function noticeOf(frame: ChatFrame): string | undefined {
  if (!frame.body?.includes(NOTICE)) return undefined;
  try {
    const chunk: { type?: unknown; data?: { text?: unknown } } | null = JSON.parse(frame.body);
    return chunk?.type === NOTICE && typeof chunk.data?.text === "string" ? chunk.data.text : undefined;
  } catch {
    return undefined;
  }
}

/** True for the frames that change the transcript on this client. */
export function changesTranscript(frame: ChatFrame): boolean {
  return TRANSCRIPT_FRAMES.has(frame.type);
}

/** True for the frames that answer the question whether a turn is running. */
export function answersResume(frame: ChatFrame): boolean {
  return RESUME_ANSWERS.has(frame.type);
}

const NOTICE = "data-notice";

const TRANSCRIPT_FRAMES = new Set(["cf_agent_use_chat_response", "cf_agent_chat_messages", "cf_agent_message_updated", "cf_agent_chat_clear"]);

const RESUME_ANSWERS = new Set(["cf_agent_stream_resume_none", "cf_agent_stream_resuming", "cf_agent_stream_pending"]);
