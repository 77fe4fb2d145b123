//! Bad requests get a named answer that arrives, whatever is sent and however slowly.

use std::io::{Read, Write};

use jieda::service::keys::Role;
use serde_json::json;

use crate::shop::{Answer, shared};

#[test]
fn bad_questions_get_named_errors() {
    let shop = shared();
    let send = |body: &[u8]| shop.request("POST", "/v1/ask").role(Role::Widget).bytes(body).send();
    for (body, status, code) in [
        (json!({"question": "   "}).to_string().as_bytes(), 422, "question_empty"),
        ("{\"question\": \"\\u200b\\u0000\"}".as_bytes(), 422, "question_empty"),
        (json!({"question": "退".repeat(10_000)}).to_string().as_bytes(), 422, "question_too_long"),
        (b"{}", 422, "body_invalid"),
        (b"", 422, "body_invalid"),
        (json!({"question": "退款", "qeustion": 1}).to_string().as_bytes(), 422, "body_invalid"),
        (json!({"question": ["退款"]}).to_string().as_bytes(), 422, "body_invalid"),
        (json!({"question": null}).to_string().as_bytes(), 422, "body_invalid"),
        ("{\"question\": \"a\", \"question\": \"b\"}".as_bytes(), 422, "body_invalid"),
        (b"{\"question\": \"", 400, "body_not_json"),
        (b"{\"question\": \"\xff\xfe\"}", 400, "body_not_json"),
        (b"{\"question\": \"a\0b\"}", 400, "body_not_json"),
        (b"question=%E9%80%80%E6%AC%BE", 400, "body_not_json"),
        ("[".repeat(5000).as_bytes(), 422, "body_invalid"),
        (json!({"question": "退款", "locale": "fr"}).to_string().as_bytes(), 422, "body_invalid"),
        (json!({"question": "退款", "context": "x"}).to_string().as_bytes(), 422, "body_invalid"),
        (json!({"question": "退款", "channel": "a b"}).to_string().as_bytes(), 422, "body_invalid"),
        (json!({"question": "退款", "visitor": ""}).to_string().as_bytes(), 422, "body_invalid"),
        (json!({"question": "退款", "conversation_id": "x"}).to_string().as_bytes(), 422, "body_invalid"),
        (
            json!({"question": "退款", "conversation_id": "00000000-0000-0000-0000-000000000000"}).to_string().as_bytes(),
            404,
            "conversation_not_found",
        ),
    ] {
        let answer = send(body);
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{shown}: {}", answer.text());
    }
    // A control character that JSON writes as an escape is cleaned away.
    assert_eq!(send("{\"question\": \"退款多久\\u0000到账\"}".as_bytes()).ok()["article"]["id"], "refund");
}

#[test]
fn unknown_addresses_methods_and_ids_are_told() {
    let shop = shared();
    for (method, path, role, status, code) in [
        ("GET", "/v1/nowhere", Role::Admin, 404, "not_found"),
        ("GET", "/", Role::Admin, 404, "not_found"),
        ("GET", "/v1/articles/no-such", Role::Editor, 404, "article_not_found"),
        ("GET", "/v1/articles/%FF", Role::Editor, 404, "article_not_found"),
        ("GET", "/v1/tickets/999999", Role::Agent, 404, "ticket_not_found"),
        ("GET", "/v1/tickets/one", Role::Agent, 404, "ticket_not_found"),
        ("GET", "/v1/decisions/x", Role::Agent, 404, "decision_not_found"),
        ("GET", "/v1/decisions/00000000-0000-0000-0000-000000000000", Role::Agent, 404, "decision_not_found"),
        ("GET", "/v1/conversations/x", Role::Agent, 404, "conversation_not_found"),
        ("GET", "/v1/tickets?state=lost", Role::Agent, 422, "parameter_invalid"),
        ("GET", "/v1/tickets?reason=none", Role::Agent, 422, "parameter_invalid"),
        ("DELETE", "/v1/ask", Role::Admin, 405, "method_not_allowed"),
        ("BREW", "/v1/ask", Role::Admin, 405, "method_not_allowed"),
    ] {
        let answer = shop.request(method, path).role(role).send();
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path}");
    }
    let allow = |path: &str| shop.request("PATCH", path).role(Role::Admin).send().header("allow").map(str::to_owned);
    assert_eq!(allow("/v1/ask").as_deref(), Some("POST"));
    let mut both: Vec<String> = allow("/v1/articles").unwrap().split(',').map(|m| m.trim().to_owned()).collect();
    both.sort_unstable();
    assert_eq!(both, ["GET", "HEAD", "POST"]);
}

/// Sends a body in pieces, then reads the answer; the client never looks up before it has sent everything.
/// A slow one sees another request answered between any two pieces.
fn upload(head: &str, body: &[u8], chunked: bool, slow: bool) -> Answer {
    let mut stream = shared().connect();
    stream.write_all(head.as_bytes()).unwrap();
    let pieces = body.chunks(if slow { body.len() / 8 + 1 } else { 64 << 10 });
    for piece in pieces {
        if slow {
            shared().request("GET", "/healthz").send().ok();
        }
        if chunked {
            stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).unwrap();
        }
        stream.write_all(piece).unwrap();
        if chunked {
            stream.write_all(b"\r\n").unwrap();
        }
    }
    if chunked {
        stream.write_all(b"0\r\n\r\n").unwrap();
    }
    Answer::read(&mut stream)
}

#[test]
fn an_upload_that_is_too_large_is_answered_not_reset() {
    let key = shared().key(Role::Widget);
    let body = [b"{\"question\":\"".as_slice(), &vec![b'a'; 6_000_000], b"\"}"].concat();
    for (auth, path, code) in [
        (format!("authorization: Bearer {key}\r\n"), "/v1/ask", "body_too_large"),
        // Answers that look at no body are drained as well.
        (String::new(), "/v1/ask", "unauthorized"),
        (String::new(), "/v1/nowhere", "not_found"),
        (format!("authorization: Bearer {key}\r\n"), "/v1/articles", "forbidden"),
    ] {
        for chunked in [false, true] {
            for slow in [false, true] {
                let size = if chunked { "transfer-encoding: chunked".to_owned() } else { format!("content-length: {}", body.len()) };
                let head = format!("POST {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{auth}{size}\r\n\r\n");
                let answer = upload(&head, &body, chunked, slow);
                assert_eq!(answer.code(), code, "chunked {chunked}, slow {slow}");
            }
        }
    }
}

#[test]
fn a_client_that_waits_to_be_told_to_continue_is_told_at_once_that_it_is_too_much() {
    let key = shared().key(Role::Widget);
    let mut stream = shared().connect();
    let head = format!(
        "POST /v1/ask HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {key}\r\ncontent-length: 2000000\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(std::str::from_utf8(&answer).unwrap(), "HTTP/1.1 413");
}

#[test]
fn a_body_at_the_limit_is_taken() {
    let limit = 1_048_576;
    let frame = json!({"question": ""}).to_string().len();
    let body = json!({"question": "a".repeat(limit - frame)});
    assert_eq!(shared().ask(body).code(), "question_too_long");
    let body = json!({"question": "a".repeat(limit - frame + 1)});
    assert_eq!(shared().ask(body).code(), "body_too_large");
}
