use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::Env;

use super::approvals::{AskApproval, PollApproval};
use super::authority::{AwaitConnection, ObtainAuthority, SettleToolCall};
use super::chats::{
    BeginTurn, CreateChat, DeleteChat, IndexSchedules, ListChats, ListSchedules, OpenConversation, OwnsChat,
    RenameChat, SetTimeZone, SpendTokens,
};
use super::connections::{CompleteConnect, Disconnect, ListConnections, StartConnect, UseAccount};
use super::core::{Core, Ports};
use super::object::Account;
use super::sessions::{CheckSession, CloseSession, OpenBearer, OpenSession, TenantLogout};
use super::vault::DropProviderToken;
use crate::objects::{self, ObjectClass, ObjectRequest, Refusal};

/// A request that an account answers. A request from a chat names the chat, the tool call and the authority; the account checks
/// the chat against its own index before it answers.
pub trait AccountRequest: Serialize + DeserializeOwned {
    /// What it is called on the way.
    const NAME: &'static str;
    /// What it is answered with.
    type Reply: Serialize + DeserializeOwned;

    /// The answer.
    async fn answer<P: Ports>(self, account: &Core<P>) -> Result<Self::Reply, Refusal>;
}

/// Asks the account of that name: [`account_name`](super::account_name), or as a session cookie carries it.
///
/// Errors: the account's own refusal, or 503 when it cannot be reached.
pub async fn ask<R: AccountRequest>(env: &Env, account: &str, request: &R) -> Result<R::Reply, Refusal> {
    objects::ask::<Account, R>(env, account, request).await
}

/// Everything that an account answers.
pub(super) async fn dispatch<P: Ports>(account: &Core<P>, name: &str, body: &str) -> Result<String, Refusal> {
    objects::dispatch!(name, body, account, AccountRequest: [
        OpenSession,
        OpenBearer,
        CheckSession,
        CloseSession,
        TenantLogout,
        CreateChat,
        ListChats,
        OwnsChat,
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
        AwaitConnection,
        DropProviderToken,
        AskApproval,
        PollApproval,
        StartConnect,
        CompleteConnect,
        ListConnections,
        UseAccount,
        Disconnect,
    ])
}

impl ObjectClass for Account {
    const BINDING: &'static str = "ACCOUNT";
}

impl<R: AccountRequest> ObjectRequest<Account> for R {
    const NAME: &'static str = R::NAME;
    type Reply = R::Reply;
}
