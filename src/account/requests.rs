use super::approvals::{AskApproval, PollApproval};
use super::authority::{AwaitConnection, ObtainAuthority, RecordMcpCall, SettleToolCall};
use super::chats::{
    BeginTurn, CreateChat, DeleteChat, GetChat, IndexSchedules, ListChats, ListSchedules, OpenConversation, OwnsChat,
    RenameChat, SetTimeZone, SpendTokens,
};
use super::connections::{CompleteConnect, Disconnect, ListConnections, StartConnect, UseAccount};
use super::core::{Core, Ports};
use super::mcp_servers::{
    AddMcpServer, BeginMcpLogin, CallMcpTool, ChangeMcpServer, CompleteMcpLogin, GetMcpServer, ListMcpServers,
    OfferedMcpTools, RemoveMcpServer,
};
use super::request::AccountRequest;
use super::sessions::{
    CheckSession, CloseSession, EndLogins, ListLogins, OpenBearer, OpenSession, SessionEnd, TenantLogout,
};
use super::vault::DropProviderToken;
use crate::objects::{self, Refusal};

/// Answers a request; with a session only if that is alive.
pub(super) async fn answer<P: Ports>(
    account: &Core<P>,
    name: &str,
    body: &str,
    session: Option<&str>,
) -> Result<String, Refusal> {
    if let Some(session) = session {
        account.live_session(session)?;
    }
    dispatch(account, name, body).await
}

/// Everything that an account answers.
pub(super) async fn dispatch<P: Ports>(account: &Core<P>, name: &str, body: &str) -> Result<String, Refusal> {
    objects::dispatch!(name, body, account, AccountRequest: [
        OpenSession,
        OpenBearer,
        CheckSession,
        CloseSession,
        SessionEnd,
        TenantLogout,
        ListLogins,
        EndLogins,
        CreateChat,
        ListChats,
        OwnsChat,
        GetChat,
        RenameChat,
        DeleteChat,
        OpenConversation,
        BeginTurn,
        SpendTokens,
        SetTimeZone,
        IndexSchedules,
        ListSchedules,
        ObtainAuthority,
        SettleToolCall,
        RecordMcpCall,
        AwaitConnection,
        DropProviderToken,
        AskApproval,
        PollApproval,
        StartConnect,
        CompleteConnect,
        ListConnections,
        UseAccount,
        Disconnect,
        AddMcpServer,
        ListMcpServers,
        GetMcpServer,
        ChangeMcpServer,
        RemoveMcpServer,
        OfferedMcpTools,
        CallMcpTool,
        BeginMcpLogin,
        CompleteMcpLogin,
    ])
}
