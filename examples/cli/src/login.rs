use std::thread::sleep;
use std::time::Duration;

use deputy_auth0::{
    DeviceAuthorization, NextPoll, PollError, Tenant, TokenError, TokenSet, device_request, device_response,
    device_token_request, device_token_response, refresh_request, token_response,
};
use deputy_http::Secret;

use crate::error::AgentError;
use crate::network::{Network, now};
use crate::settings::Settings;
use crate::terminal::Terminal;

/// A user who has confirmed the code. The tokens live as long as the program.
pub struct Session<'a> {
    tenant: &'a Tenant,
    tokens: TokenSet,
}

impl<'a> Session<'a> {
    /// Logs in by the device flow (RFC 8628): shows the code and where to confirm it, and waits.
    pub fn begin(network: &Network, settings: &'a Settings, terminal: &mut Terminal) -> Result<Self, AgentError> {
        let tenant = &settings.tenant;
        let answer = network.send(device_request(tenant)).map_err(TokenError::from)?;
        let device = device_response(tenant, answer, now())?;
        let address = device.verification_uri_complete.as_ref().unwrap_or(&device.verification_uri);
        terminal.line(&format!("To log in, open {address}\nand compare the code {}", device.user_code));
        let tokens = wait(network, tenant, device)?;
        terminal.line("You are logged in.\n");
        Ok(Self { tenant, tokens })
    }

    /// An access token that is good for another minute; refreshed when it is not, and what a rotation gives is kept.
    pub fn access_token(&mut self, network: &Network) -> Result<Secret, AgentError> {
        if !self.tokens.is_fresh(now())
            && let Some(refresh_token) = &self.tokens.refresh_token
        {
            let answer =
                network.send(refresh_request(self.tenant, refresh_token, None, None)).map_err(TokenError::from)?;
            let new = token_response(answer, now())?;
            self.tokens = self.tokens.clone().refreshed_by(new);
        }
        Ok(self.tokens.access_token.clone())
    }
}

/// Asks at the tenant's pace until the user has confirmed, refused, or let the code end.
fn wait(network: &Network, tenant: &Tenant, mut device: DeviceAuthorization) -> Result<TokenSet, PollError> {
    let mut next = device.pending.first_poll_at();
    loop {
        sleep(Duration::from_millis(next.saturating_sub(now())));
        let answer = network.send(device_token_request(tenant, &device));
        let outcome = answer.map_err(PollError::from).and_then(|answer| device_token_response(answer, now(), &device));
        let error = match outcome {
            Ok(tokens) => return Ok(tokens),
            Err(error) => error,
        };
        match device.pending.after(&error, now()) {
            NextPoll::At(at) => next = at,
            NextPoll::ExpiresAt(_) => return Err(PollError::Expired),
            NextPoll::Never => return Err(error),
        }
    }
}
