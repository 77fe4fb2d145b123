//! A full disk, on a small file system of its own. Mounting one takes root; `JIEDA_TEST_REQUIRE_ALL` makes the test compulsory.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::program::Shop;

/// A mounted tmpfs, unmounted at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "jieda-test"]).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(SmallDisk(at.to_owned()));
        }
        assert!(std::env::var_os("JIEDA_TEST_REQUIRE_ALL").is_none(), "a tmpfs could not be mounted");
        eprintln!("left out: a tmpfs could not be mounted (not root?)");
        None
    }

    /// Fills it to the last byte; deleting the file frees it again.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = std::fs::File::create(&path).unwrap();
        for size in [65536, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The directory is temporary; a mount that stays would only be left behind.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_writes_by_name_and_all_recovers_without_a_restart() {
    let shop = Shop::new();
    let Some(disk) = SmallDisk::mount(&shop.path("data"), "48m") else { return };
    let shop = shop.without_encoder();
    let server = shop.demo();
    let article = |n: usize| {
        let (id, title) = (format!("disk-{n}"), format!("磁盘满了怎么办{n}"));
        json!({ "id": id, "title": title, "answer": "答".repeat(5000), "locale": "zh-CN" })
    };
    assert_eq!(server.must("POST", "/v1/articles", "editor", Some(&article(0))).status, 201);
    let filler = disk.fill();
    // The log has some room left in pages it owns; then it is over.
    let refused = (1..200).map(|n| server.must("POST", "/v1/articles", "editor", Some(&article(n)))).find(|answer| answer.status != 201);
    let refused = refused.expect("a write that does not fit");
    assert_eq!((refused.status, &refused.body["error"]["code"]), (507, &json!("disk_full")), "{refused:?}");
    let found = server.must("POST", "/v1/search", "widget", Some(&json!({ "query": "退款多久到账" })));
    assert_eq!(found.status, 200, "searches go on: {found:?}");
    std::fs::remove_file(filler).unwrap();
    assert_eq!(server.must("POST", "/v1/articles", "editor", Some(&article(500))).status, 201);
    assert_eq!(server.must("GET", "/v1/articles/disk-0", "editor", None).status, 200);
    assert_eq!(server.stop().0, Some(0));

    let rows: String =
        (0..2000).map(|n| format!("{{\"id\":\"b{n}\",\"title\":\"第{n}个问题\",\"answer\":\"{}\"}}\n", "答".repeat(200))).collect();
    shop.write("many.jsonl", rows);
    let filler = disk.fill();
    assert_eq!(shop.run(&["--format", "json", "kb", "import", "many.jsonl"]).code(), "disk_full");
    std::fs::remove_file(filler).unwrap();
    let report = shop.ok(&["--format", "json", "kb", "import", "many.jsonl"]).json();
    assert_eq!(report["created"], 2000, "nothing was half applied");
}
