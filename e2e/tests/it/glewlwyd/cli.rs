//! The same by the command line.

use anyhow::Result;
use e2e::grantd::Grantd;
use e2e::peer::Glewlwyd;

use crate::cli::{add, token};
use crate::clients;

#[test]
fn basic_is_sent_raw_when_told() -> Result<()> {
    let clients = clients::special_raw();
    let server = Glewlwyd::start(&clients)?;
    let grantd = Grantd::start()?;
    for (number, client) in clients.iter().enumerate() {
        let raw = ["--basic-encoding", "raw"];
        let name = format!("Client {number}");
        add(&grantd, &name, client, &server.token_endpoint(), &raw)?.expect(0)?;
        let token = token(&grantd, &format!("client-{number}"))?;
        assert_eq!(server.introspect(client, &token)?["active"], true);
    }
    Ok(())
}
