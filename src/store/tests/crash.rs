//! `kill -9` in the middle of writes. The test runs itself again as a child that writes and acknowledges, kills it, and looks
//! for everything that was acknowledged.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::*;

/// Tells the child where to write; without it, it has nothing to do.
const CHILD_PATH: &str = "JIEDA_TEST_STORE_CHILD";
const ACKNOWLEDGED: &str = "acknowledged ";

/// The child: writes until it is killed.
#[tokio::test]
async fn writer_that_will_be_killed() {
    let Ok(path) = std::env::var(CHILD_PATH) else { return };
    // Below the parent's directory, because nothing here will be cleaned up.
    let dir = tempfile::tempdir_in(std::path::Path::new(&path).parent().unwrap()).unwrap();
    let store = Store::open(path.as_ref(), Clock::System).await.unwrap();
    let f = Fixture { dir, clock: Clock::System, store };
    loop {
        let conversation = f.conversation().await;
        println!("{ACKNOWLEDGED}conversation {conversation}");
        for _ in 0..5 {
            let message = f.say(conversation, "怎么退货").await;
            println!("{ACKNOWLEDGED}message {conversation} {}", message.id);
            let recorded = f.answer(&message, conversation).await;
            println!("{ACKNOWLEDGED}decision {}", recorded.decision.id);
        }
        println!("{ACKNOWLEDGED}ticket {}", f.ticket().await.0);
        let article =
            crate::domain::article::Article::new(conversation.to_string().parse().unwrap(), Locale::ZhCn, "退货", "答案".repeat(2000));
        f.store.put_article(&article, &[conversation.to_string()], Expect::Absent).await.unwrap();
        println!("{ACKNOWLEDGED}article {conversation}");
    }
}

#[tokio::test]
async fn everything_acknowledged_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(DATABASE_FILE);
    let mut acknowledged = Vec::new();
    for lines in [3, 40, 150] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::crash::writer_that_will_be_killed", "--nocapture"])
            .env(CHILD_PATH, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let acknowledgement = |line: std::io::Result<String>| line.unwrap().split_once(ACKNOWLEDGED).map(|(_, what)| what.to_owned());
        acknowledged.extend(output.by_ref().filter_map(acknowledgement).take(lines));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it still managed to say counts as well.
        acknowledged.extend(output.filter_map(acknowledgement));

        let store = Store::open(&path, Clock::System).await.unwrap();
        store.check().await.unwrap();
        for what in &acknowledged {
            assert!(is_there(&store, what).await, "{what} was acknowledged and is gone");
        }
        store.close().await;
    }
    assert!(acknowledged.len() >= 193);
}

async fn is_there(store: &Store, what: &str) -> bool {
    let words: Vec<&str> = what.split(' ').collect();
    match words[..] {
        ["conversation", id] => store.conversation(id.parse().unwrap()).await.unwrap().is_some(),
        ["message", conversation, id] => {
            let messages = store.messages(conversation.parse().unwrap(), 0, 100).await.unwrap();
            messages.iter().any(|message| message.id.to_string() == id)
        }
        ["decision", id] => store.decision(id.parse().unwrap()).await.unwrap().is_some(),
        ["ticket", number] => store.ticket(TicketNumber(number.parse().unwrap())).await.unwrap().is_some(),
        ["article", id] => store.article(&id.parse().unwrap(), None).await.unwrap().is_some(),
        _ => panic!("{what}"),
    }
}
