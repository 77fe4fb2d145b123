//! What the container image is made of. No container engine is needed: the image's steps are scripts, and this runs the one
//! that lays out the files.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::root;

fn assemble(binary: &Path, folder: &Path) -> Output {
    Command::new("sh").arg(root().join("scripts/image/assemble.sh")).arg(folder).env("JIEDA_BINARY", binary).output().unwrap()
}

fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_jieda"))
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o7777
}

#[test]
fn the_image_holds_what_it_needs_and_starts() {
    let folder = tempfile::tempdir().unwrap();
    let output = assemble(&binary(), folder.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let at = |path: &str| folder.path().join(path);
    assert_eq!(mode(&at("usr/local/bin/jieda")), 0o755);
    for file in [
        "opt/jieda/kb/facts.toml",
        "opt/jieda/models/models.toml",
        "opt/jieda/config.example.toml",
        "opt/jieda/LICENSE",
        "opt/jieda/NOTICE",
    ] {
        assert_eq!(mode(&at(file)), 0o644, "{file}");
    }
    for folder in ["opt/jieda/kb/zh-CN", "opt/jieda/kb/en", "opt/jieda/models"] {
        assert_eq!(mode(&at(folder)), 0o755, "{folder}");
    }
    assert_eq!(mode(&at("var/lib/jieda")), 0o700);
    for weights in std::fs::read_dir(root().join("models"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("model.safetensors").is_file())
    {
        let copied = at("opt/jieda/models").join(weights.file_name().unwrap()).join("model.safetensors");
        assert_eq!(copied.metadata().unwrap().len(), weights.join("model.safetensors").metadata().unwrap().len());
    }

    let version = Command::new(at("usr/local/bin/jieda")).arg("--version").current_dir(folder.path()).output().unwrap();
    assert!(version.status.success(), "{}", String::from_utf8_lossy(&version.stderr));
    assert_eq!(String::from_utf8(version.stdout).unwrap().trim(), concat!("jieda ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_missing_binary_or_a_folder_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = assemble(Path::new("no/such/jieda"), folder.path());
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no/such/jieda"), "{output:?}");

    std::fs::write(folder.path().join("kept"), "").unwrap();
    let output = assemble(&binary(), folder.path());
    assert!(!output.status.success() && folder.path().join("kept").is_file());
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not empty"), "{output:?}");
}

#[test]
fn the_dockerfile_runs_the_tested_scripts() {
    let text = std::fs::read_to_string(root().join("Dockerfile")).unwrap();
    for line in [
        "RUN sh scripts/image/build.sh",
        "RUN sh scripts/image/assemble.sh /image",
        "COPY --from=build /image/ /",
        "USER jieda",
        "VOLUME /var/lib/jieda",
    ] {
        assert!(text.lines().any(|other| other.starts_with(line)), "{line}");
    }
    assert!(text.lines().any(|line| line.starts_with("HEALTHCHECK") && line.ends_with(r#"CMD ["jieda", "health"]"#)));
}
