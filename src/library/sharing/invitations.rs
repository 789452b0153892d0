use super::address::address;
use crate::library::core::{Core, Ports};
use crate::library::requests::Person;
use crate::library::rights::{Changes, VIEWER};
use crate::objects::Refusal;

impl<P: Ports> Core<P> {
    /// Binds the invitations of a verified e-mail address to whoever comes with it, before anything is answered. Who was bound stays
    /// bound: of somebody else who has the address later, only invitations from then on are. That is why an address that changes hands
    /// does not take along what its former holder was shown.
    pub async fn bind_invitations(&self, who: &Person) -> Result<(), Refusal> {
        let email = who.email.as_deref().and_then(|email| address(email).ok());
        let user = self.settings.fga.user_format.user(&who.subject, who.email.as_deref());
        let (Some(email), Some(user)) = (email, user) else { return Ok(()) };
        let invited = "SELECT object AS value FROM shares WHERE shared_with = ? AND bound_to IS NULL";
        let objects = self.ports.texts(invited, &[(&email).into()])?;
        if objects.is_empty() {
            return Ok(());
        }
        let changes = objects.iter().fold(Changes::default(), |changes, object| changes.write(&user, VIEWER, object));
        self.ports.transaction(&|| {
            self.ports.exec(
                "UPDATE shares SET bound_to = ? WHERE shared_with = ? AND bound_to IS NULL",
                &[(&user).into(), (&email).into()],
            )?;
            Ok(self.rights.change(changes.clone())?)
        })?;
        // What the service does not know yet is not shown yet, and told later.
        let _ = self.carry_out(&changes).await;
        Ok(())
    }
}
