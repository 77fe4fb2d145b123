//! Pulls from a server of our own: whole, cut off, ignoring ranges, wrong, absent, silent.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::server::{Asked, Nobody, Reply, Server};
use super::tiny::E5;
use crate::embed::manifest::Lock;
use crate::embed::pull::{PullOptions, pull};
use crate::embed::registry::{FileState, Registry};
use crate::embed::{EmbedError, Embedder};
use crate::error::{Code, Coded, chain};

const NAME: &str = "shop/tiny";
const FILES: [&str; 5] = ["config.json", "tokenizer.json", "model.safetensors", "modules.json", "1_Pooling/config.json"];
const WEIGHTS: &str = "model.safetensors";

/// A data directory whose manifest knows one small model, and the model's files as the hub would have them.
struct Shop {
    home: tempfile::TempDir,
    files: BTreeMap<String, Vec<u8>>,
}

impl Shop {
    fn new() -> Shop {
        let shop = Shop { home: tempfile::tempdir().unwrap(), files: published() };
        shop.write_manifest("");
        shop
    }

    fn write_manifest(&self, weights_sha256: &str) {
        let files: Vec<String> = FILES
            .iter()
            .map(|file| format!("{{ path = \"{file}\", sha256 = \"{}\" }}", if *file == WEIGHTS { weights_sha256 } else { "" }))
            .collect();
        let text = format!(
            "[[model]]\nname = \"{NAME}\"\nsource = \"hub\"\nrevision = \"r1\"\ndims = 16\nmax_tokens = 12\npooling = \"mean\"\n\
             query_prefix = \"query: \"\npassage_prefix = \"passage: \"\nlicence = \"MIT\"\nlanguages = [\"zh\"]\nfiles = [{}]\n",
            files.join(", ")
        );
        std::fs::create_dir_all(self.home.path().join("models")).unwrap();
        std::fs::write(self.home.path().join("models/models.toml"), text).unwrap();
    }

    fn registry(&self) -> Registry {
        Registry::with_roots(self.home.path(), vec![self.home.path().join("models")]).unwrap()
    }

    fn installed(&self) -> PathBuf {
        self.home.path().join("models").join(NAME)
    }

    /// Pulls from `endpoint`; also returns the progress of the weights file.
    async fn pull(&self, endpoint: String) -> (Result<PathBuf, EmbedError>, Vec<u64>) {
        let options =
            PullOptions { endpoint: Some(endpoint), attempts: 3, retry_delay: Duration::ZERO, idle_timeout: Duration::from_secs(120) };
        self.pull_with(&options).await
    }

    async fn pull_with(&self, options: &PullOptions) -> (Result<PathBuf, EmbedError>, Vec<u64>) {
        let mut seen = Vec::new();
        let result = pull(&self.registry(), NAME, options, &mut |progress| {
            assert_eq!(progress.files, FILES.len());
            if progress.file == WEIGHTS {
                seen.push(progress.done_bytes);
            }
        })
        .await;
        (result, seen)
    }

    /// A server that answers every file, with `special` answering for the weights.
    fn server(&self, mut special: impl FnMut(&Asked, &[u8]) -> Reply + Send + 'static) -> Server {
        let files = self.files.clone();
        Server::start(Box::new(move |asked| {
            let Some(file) = asked.path.strip_prefix(&format!("/{NAME}/resolve/r1/")) else {
                return Reply { status: 404, ..Reply::default() };
            };
            match files.get(file) {
                Some(body) if file == WEIGHTS => special(asked, body),
                Some(body) => Reply::ranged(asked, body),
                None => Reply { status: 404, ..Reply::default() },
            }
        }))
    }

    fn assert_installed(&self) {
        for (name, body) in &self.files {
            assert_eq!(&std::fs::read(self.installed().join(name)).unwrap(), body, "{name}");
        }
        let lock = Lock::read(&self.installed()).unwrap().unwrap();
        assert_eq!((lock.revision.as_str(), lock.files.len()), ("r1", FILES.len()));
        assert!(self.registry().verify(NAME).unwrap().iter().all(|check| check.state == FileState::Good));
        assert_eq!(self.registry().load(NAME).unwrap().dims(), 16);
        assert!(std::fs::read_dir(self.home.path().join("models/.pull")).unwrap().next().is_none(), "something is left over");
    }
}

fn published() -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    E5.write(dir.path());
    FILES.iter().map(|file| ((*file).to_owned(), std::fs::read(dir.path().join(file)).unwrap())).collect()
}

/// Cuts the first `cuts` GET requests after `step` bytes.
fn cutting(mut cuts: usize, step: usize) -> impl FnMut(&Asked, &[u8]) -> Reply + Send {
    move |asked, body| {
        let mut reply = Reply::ranged(asked, body);
        // A probe without a range is dropped by the client, so only the answer that is read to its end is cut.
        if asked.method == "GET" && cuts > 0 {
            cuts -= 1;
            reply.cut_after = Some(step);
        }
        reply
    }
}

#[tokio::test]
async fn a_whole_model_is_installed_with_recorded_hashes() {
    let shop = Shop::new();
    let server = shop.server(Reply::ranged);
    let (result, seen) = shop.pull(server.endpoint()).await;
    assert_eq!(result.unwrap(), shop.installed());
    assert!(seen.is_sorted() && seen.last() == Some(&(shop.files[WEIGHTS].len() as u64)), "{seen:?}");
    shop.assert_installed();

    // A second pull replaces it, held to the recorded hashes.
    shop.pull(server.endpoint()).await.0.unwrap();
    shop.assert_installed();
}

#[tokio::test]
async fn a_cut_connection_is_resumed_where_it_broke() {
    let shop = Shop::new();
    let server = shop.server(cutting(1, 6000));
    let (result, seen) = shop.pull(server.endpoint()).await;
    result.unwrap();
    shop.assert_installed();
    assert!(seen.is_sorted(), "{seen:?}");
    let resumed: Vec<usize> = server.gets(WEIGHTS).iter().filter_map(|asked| asked.range).map(|(first, _)| first).collect();
    assert!(resumed.len() == 1 && resumed[0] > 0 && resumed[0] <= 6000, "{resumed:?}");
}

#[tokio::test]
async fn a_pull_that_gave_up_is_continued_by_the_next_one() {
    let shop = Shop::new();
    let mut first = true;
    let broken = shop.server(move |asked, body| {
        let cut_after = Some(if asked.method == "GET" && std::mem::take(&mut first) { 6000 } else { 0 });
        Reply { cut_after, ..Reply::ranged(asked, body) }
    });
    let error = shop.pull(broken.endpoint()).await.0.unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed, "{}", chain(&error));
    assert!(!shop.installed().exists());

    let server = shop.server(Reply::ranged);
    shop.pull(server.endpoint()).await.0.unwrap();
    shop.assert_installed();
    // What the first one had fetched was not asked for again.
    assert!(server.gets("tokenizer.json").is_empty());
    let ranges: Vec<usize> = server.gets(WEIGHTS).iter().filter_map(|asked| asked.range).map(|(first, _)| first).collect();
    assert!(ranges.len() == 1 && ranges[0] > 0, "{ranges:?}");
}

#[tokio::test]
async fn a_server_that_ignores_ranges_gets_the_file_fetched_whole() {
    let shop = Shop::new();
    let mut cuts = 1;
    let server = shop.server(move |asked, body| {
        let mut reply = Reply::ok(body);
        if asked.method == "GET" && cuts > 0 {
            cuts -= 1;
            reply.cut_after = Some(6000);
        }
        reply
    });
    shop.pull(server.endpoint()).await.0.unwrap();
    shop.assert_installed();
}

#[tokio::test]
async fn a_wrong_hash_names_the_file_and_the_next_pull_fetches_it_anew() {
    let shop = Shop::new();
    shop.write_manifest(&"a".repeat(64));
    let server = shop.server(Reply::ranged);
    for round in 1..=2 {
        let error = shop.pull(server.endpoint()).await.0.unwrap_err();
        assert!(matches!(&error, EmbedError::ChecksumMismatch { path, .. } if path.ends_with(WEIGHTS)), "{error:?}");
        assert_eq!(error.code(), Code::ModelDamaged);
        assert_eq!(server.gets(WEIGHTS).len(), round);
        assert!(!shop.installed().exists());
    }
}

#[tokio::test]
async fn a_hash_recorded_by_the_first_pull_holds_for_the_second() {
    let shop = Shop::new();
    let honest = shop.server(Reply::ranged);
    shop.pull(honest.endpoint()).await.0.unwrap();
    let forged = shop.server(|asked, body| Reply::ranged(asked, &[body, b"x"].concat()));
    let error = shop.pull(forged.endpoint()).await.0.unwrap_err();
    assert!(matches!(&error, EmbedError::ChecksumMismatch { .. }), "{error:?}");
    // The model that was there is untouched.
    assert_eq!(std::fs::read(shop.installed().join(WEIGHTS)).unwrap(), shop.files[WEIGHTS]);
    assert!(shop.registry().load(NAME).is_ok());
}

#[tokio::test]
async fn a_missing_file_is_final_and_named() {
    let shop = Shop::new();
    let server = shop.server(|_, _| Reply { status: 404, ..Reply::default() });
    let error = shop.pull(server.endpoint()).await.0.unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed);
    let message = error.to_string();
    assert!(message.contains("model.safetensors of shop/tiny") && message.contains("404"), "{message}");
    assert!(message.contains(&server.endpoint()), "{message}");
    assert!(server.gets(WEIGHTS).len() <= 1);
}

#[tokio::test]
async fn errors_of_the_server_are_retried_and_then_reported() {
    let shop = Shop::new();
    let mut left = 2;
    let flaky = shop.server(move |asked, body| {
        if left > 0 {
            left -= 1;
            return Reply { status: 503, ..Reply::default() };
        }
        Reply::ranged(asked, body)
    });
    shop.pull(flaky.endpoint()).await.0.unwrap();
    shop.assert_installed();

    let shop = Shop::new();
    let down = shop.server(|_, _| Reply { status: 503, ..Reply::default() });
    let error = shop.pull(down.endpoint()).await.0.unwrap_err();
    assert!(error.code() == Code::DownloadFailed && error.to_string().contains("503"), "{error}");
}

#[tokio::test]
async fn without_a_server_the_message_says_so() {
    let shop = Shop::new();
    let nobody = Nobody::new();
    let endpoint = nobody.endpoint();
    let error = shop.pull(endpoint.clone()).await.0.unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed);
    assert_eq!(error.to_string(), format!("config.json of {NAME} could not be fetched from {endpoint}: no connection to the server"));
    let error = shop.pull("not an address".to_owned()).await.0.unwrap_err();
    assert_eq!(error.code(), Code::DownloadFailed, "{error}");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let shop = Shop::new();
    let server = shop.server(|asked, body| Reply { cut_after: Some(100), then_silent: true, ..Reply::ranged(asked, body) });
    let mut idle_timeout = Duration::from_millis(300);
    loop {
        let options = PullOptions { endpoint: Some(server.endpoint()), attempts: 1, retry_delay: Duration::ZERO, idle_timeout };
        let (result, seen) = shop.pull_with(&options).await;
        let error = result.unwrap_err();
        let silent = format!("silent for {} s", idle_timeout.as_secs_f32());
        assert!(error.code() == Code::DownloadFailed && error.to_string().contains(&silent), "{error}");
        if seen.last() == Some(&100) {
            // It was given up in the middle of the file.
            assert!(error.to_string().contains(WEIGHTS), "{error}");
            break;
        }
        // On a loaded machine an answer can begin later than that; a pull that waits longer comes further.
        idle_timeout *= 2;
        assert!(idle_timeout < Duration::from_secs(60), "{seen:?}: {error}");
    }
}

#[tokio::test]
async fn only_models_of_the_hub_can_be_pulled() {
    let shop = Shop::new();
    let options = PullOptions::default();
    let registry = shop.registry();
    let bundled = pull(&registry, "jieda-embed-zh-en", &options, &mut |_| {}).await.unwrap_err();
    assert!(matches!(bundled, EmbedError::NotDownloadable { .. }), "{bundled}");
    let unknown = pull(&registry, "nobody/nothing", &options, &mut |_| {}).await.unwrap_err();
    assert_eq!(unknown.code(), Code::ModelUnknown);
}
