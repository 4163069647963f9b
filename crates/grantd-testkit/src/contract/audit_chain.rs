//! The chain of the audit log.

use grantd_model::{AuditAction, AuditEntry, ObjectId};
use grantd_store::{AuditFields, AuditLink, ChainEnd, ChainState, Mac, Store};

use crate::fixtures::{Fixtures, audit_chain};

fn some(fixtures: &Fixtures, number: usize) -> Vec<AuditEntry> {
    let object = ObjectId::from(fixtures.key("key").id);
    let entries = std::iter::repeat_with(|| fixtures.entry(AuditAction::KeyCreate, object.clone()));
    entries.take(number).collect()
}

async fn append(store: &dyn Store, entries: &[AuditEntry]) {
    let mut unit = store.write().await.unwrap();
    for entry in entries {
        unit.audit().append(entry, &audit_chain(1)).await.unwrap();
    }
    unit.commit().await.unwrap();
}

async fn state(store: &dyn Store) -> ChainState {
    let mut unit = store.read().await.unwrap();
    unit.audit().chain().await.unwrap().unwrap()
}

/// Each entry is linked to the one before, from the beginning to the head, in one unit and across units.
pub async fn each_entry_is_linked_to_the_one_before(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (chain, at) = (audit_chain(1), fixtures.later());
    let mut unit = store.write().await.unwrap();
    assert_eq!(unit.audit().chain().await.unwrap(), None);
    unit.audit().begin_chain(&chain, at).await.unwrap();
    unit.commit().await.unwrap();
    let entries = some(&fixtures, 5);
    append(store, &entries[..2]).await;
    append(store, &entries[2..]).await;
    let mut unit = store.read().await.unwrap();
    let rows = unit.audit().rows(0, 100).await.unwrap();
    drop(unit);
    let mut link = AuditLink::START;
    for (row, entry) in rows.iter().zip(&entries) {
        assert_eq!(row.fields, AuditFields::of(entry).unwrap());
        link = chain.link(&link, &row.fields);
        assert_eq!((row.seq, row.mac), (link.seq, Some(link.mac)));
    }
    assert_eq!((rows.len(), link.seq), (5, 5));
    let state = state(store).await;
    let expected = ChainState {
        begun_at: at,
        anchor: AuditLink::START,
        anchor_proof: chain.confirm(ChainEnd::Anchor, at, &AuditLink::START),
        head: link,
        head_proof: chain.confirm(ChainEnd::Head, at, &link),
    };
    assert_eq!(state, expected);
    let mut unit = store.read().await.unwrap();
    let rows = unit.audit().rows(2, 2).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [3, 4]);
}

/// Nothing of a unit that was not kept is in the chain.
pub async fn what_is_not_kept_is_not_in_the_chain(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let entries = some(&fixtures, 3);
    append(store, &entries[..1]).await;
    let mut unit = store.write().await.unwrap();
    unit.audit()
        .append(&entries[1], &audit_chain(1))
        .await
        .unwrap();
    drop(unit);
    append(store, &entries[2..]).await;
    let mut unit = store.read().await.unwrap();
    let rows = unit.audit().rows(0, 100).await.unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.fields.id.clone()).collect();
    assert_eq!(ids, [entries[0].id.to_string(), entries[2].id.to_string()]);
    assert_eq!(rows[1].seq, 2);
}

/// The oldest go, as long as they are old; the chain begins behind them, and stays confirmed.
pub async fn the_oldest_are_pruned_and_the_chain_holds(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let (chain, at) = (audit_chain(1), fixtures.later());
    let mut unit = store.write().await.unwrap();
    unit.audit().begin_chain(&chain, at).await.unwrap();
    unit.commit().await.unwrap();
    let mut entries = some(&fixtures, 6);
    // an old one behind a younger one stays: it is in the middle of the chain
    entries[4].at = entries[0].at;
    append(store, &entries).await;
    let before = entries[3].at;
    for (most, gone, left) in [(2, 2, 4), (10, 1, 3), (10, 0, 3)] {
        let mut unit = store.write().await.unwrap();
        let removed = unit.audit().prune(before, most, &chain).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(removed, gone);
        let mut unit = store.read().await.unwrap();
        let rows = unit.audit().rows(0, 100).await.unwrap();
        let state = unit.audit().chain().await.unwrap().unwrap();
        assert_eq!(rows.len(), left);
        assert_eq!(state.anchor.seq + 1, rows[0].seq);
        let proof = chain.confirm(ChainEnd::Anchor, at, &state.anchor);
        assert_eq!(state.anchor_proof, proof);
        let first = chain.link(&state.anchor, &rows[0].fields);
        assert_eq!(rows[0].mac, Some(first.mac));
    }
    // all of them, and what comes then goes on where they ended
    let mut unit = store.write().await.unwrap();
    unit.audit()
        .prune(fixtures.later(), 10, &chain)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    append(store, &some(&fixtures, 1)).await;
    let state = state(store).await;
    assert_eq!((state.anchor.seq, state.head.seq), (6, 7));
}

/// A chain whose beginning is not confirmed never gets confirmed.
pub async fn a_chain_that_was_lost_is_not_made_good(store: &dyn Store) {
    let fixtures = Fixtures::default();
    let chain = audit_chain(1);
    append(store, &some(&fixtures, 3)).await;
    assert_eq!(state(store).await.anchor_proof, Mac::ZERO);
    let mut unit = store.write().await.unwrap();
    unit.audit()
        .prune(fixtures.later(), 2, &chain)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let state = state(store).await;
    assert_eq!((state.anchor.seq, state.anchor_proof), (2, Mac::ZERO));
}
