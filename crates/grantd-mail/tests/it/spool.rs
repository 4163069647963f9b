//! Spool folders that can not be written.

use std::path::Path;
use std::process::Command;

use grantd_model::Actor;

use crate::rig::{Rig, plain, with_attachment};

/// A small disk of its own over a folder, which only root can have; ended when it is dropped.
struct Disk(std::path::PathBuf);

impl Disk {
    fn over(folder: &Path, size: &str) -> Self {
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder)
            .status()
            .unwrap();
        assert!(done.success(), "a disk of its own needs root");
        Self(folder.to_owned())
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let done = Command::new("mount")
            .args(["-o", &options])
            .arg(&self.0)
            .status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_lost() {
    let rig = Rig::start().await;
    let disk = Disk::over(rig.spool(), "256k");
    let listener = rig.listen(|_| {}).await;
    rig.works_again(&listener).await;
    rig.mail(plain("fits"));
    rig.delivered(1).await;
    rig.settled(&listener).await;
    rig.mail(with_attachment(
        "does not fit",
        "big.bin",
        &vec![7; 400_000],
    ));
    let (class, detail, remedy) = rig.failing(&listener).await;
    assert_eq!(class, "disk_full", "{detail}");
    assert!(remedy.unwrap().contains("nothing is lost"));
    assert_eq!(rig.subjects(), ["fits"]);
    disk.remount("size=8m");
    assert_eq!(rig.delivered(2).await, ["does not fit", "fits"]);
    rig.settled(&listener).await;
    rig.works_again(&listener).await;
    assert_eq!(rig.standing(&listener).await.waiting.given_up, 0);
}

#[tokio::test]
async fn a_read_only_disk_is_told_and_nothing_is_lost() {
    let rig = Rig::start().await;
    let disk = Disk::over(rig.spool(), "1m");
    disk.remount("ro");
    rig.mail(plain("one"));
    let listener = rig.listen(|_| {}).await;
    assert_eq!(rig.failing(&listener).await.0, "not_writable");
    let draft = rig.draft(|draft| draft.name = "tried".to_owned());
    let report = rig
        .engine
        .test_listener(&Actor::System, &draft)
        .await
        .unwrap();
    let step = report.steps.last().unwrap();
    assert_eq!((step.name.name(), step.ok), ("delivery", Some(false)));
    disk.remount("rw");
    assert_eq!(rig.delivered(1).await, ["one"]);
}

#[tokio::test]
async fn a_folder_that_is_missing_is_not_made() {
    let rig = Rig::start().await;
    std::fs::remove_dir(rig.spool()).unwrap();
    rig.mail(plain("one"));
    let listener = rig.listen(|_| {}).await;
    let fails = async || rig.standing(&listener).await.state.failing.is_some();
    for _ in 0..200 {
        if fails().await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let failing = rig.standing(&listener).await.state.failing.unwrap();
    assert_eq!(failing.class, "folder_missing");
    assert!(
        failing.detail.contains("does not exist"),
        "{}",
        failing.detail
    );
    std::fs::create_dir(rig.spool()).unwrap();
    assert_eq!(rig.delivered(1).await, ["one"]);
    assert!(rig.folder().exists());
}
