//! Connections that are cut: a request's future is dropped at each of its awaits, and memory and store agree all the same.
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

mod bench;

use super::*;
use crate::ca::CertificationRequest;
use crate::queue::roster::Standing;
use crate::store::NewUpload;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use bench::{Bench, Client, Cuts, Half, by, certificate_request, cut_after, enrolment, sealed, uuid7};
use rcgen::KeyPair;
use remote_services_transport::certs_only;
use remote_services_transport::document::{ContentDigest, names};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tower::ServiceExt;
use uuid::Uuid;

#[tokio::test]
async fn a_command_whose_operator_was_cut_off_is_heard_of_or_was_never_queued() {
    let bench = Bench::start().await;
    let client = bench.enrol().await;
    let wish = json!({ "client": client.id, "action": "getStatus" });
    let (_, mut tag, _) = bench.poll(&client, "").await;
    let mut cuts = Cuts::new();
    while let Some(polls) = cuts.next() {
        let before = bench.commands(&client).await.len();
        let answer = cut_after(polls, &bench.web, bench.of_operator("POST", "/api/v1/commands", &wish)).await;
        bench.assert_memory_is_as_the_store().await;
        let queued = bench.commands(&client).await.len() > before;
        let (status, new, _) = bench.poll(&client, &tag).await;
        assert_eq!(status, if queued { StatusCode::OK } else { StatusCode::NOT_MODIFIED }, "cut at {polls}");
        assert_eq!(bench.was_rung().await, queued, "cut at {polls}");
        tag = new;
        cuts.went(answer.is_some(), queued);
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::CREATED));
    }
}

#[tokio::test]
async fn a_wish_to_cancel_whose_operator_was_cut_off_is_told_to_the_client_or_was_never_kept() {
    let bench = Bench::start().await;
    let client = bench.enrol().await;
    let mut cuts = Cuts::new();
    while let Some(polls) = cuts.next() {
        let id = bench.queue(&client).await;
        let (_, tag, _) = bench.poll(&client, "").await;
        let path = format!("/api/v1/commands/{id}/cancel");
        let answer = cut_after(polls, &bench.web, bench.of_operator("POST", &path, &Value::Null)).await;
        bench.assert_memory_is_as_the_store().await;
        let state = bench.app.store.command_by_id(id).await.unwrap().unwrap().state;
        let (status, _, list) = bench.poll(&client, &tag).await;
        let told = json!({ "id": id, "state": "cancelRequested" });
        if state == "cancelRequested" {
            assert!(list["commands"].as_array().unwrap().contains(&told), "cut at {polls}");
        } else {
            assert_eq!((state.as_str(), status), ("delivered", StatusCode::NOT_MODIFIED), "cut at {polls}");
        }
        cuts.went(answer.is_some(), state == "cancelRequested");
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::OK));
    }
}

#[tokio::test]
async fn a_report_whose_client_was_cut_off_changes_its_list_or_was_never_taken() {
    let bench = Bench::start().await;
    let client = bench.enrol().await;
    let mut cuts = Cuts::new();
    while let Some(polls) = cuts.next() {
        let id = bench.queue(&client).await;
        let (_, tag, _) = bench.poll(&client, "").await;
        let path = client.path(&format!("/commands/{id}/execution"));
        let report = by(Some(&client), "PUT", &path).header(CONTENT_TYPE, names::JSON);
        let report = report.body(Body::from(r#"{"state":"accepted"}"#)).unwrap();
        let answer = cut_after(polls, &bench.edge, report).await;
        bench.assert_memory_is_as_the_store().await;
        let taken = bench.app.store.command_by_id(id).await.unwrap().unwrap().state == "accepted";
        let (status, ..) = bench.poll(&client, &tag).await;
        assert_eq!(status, if taken { StatusCode::OK } else { StatusCode::NOT_MODIFIED }, "cut at {polls}");
        cuts.went(answer.is_some(), taken);
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::OK));
    }
}

#[tokio::test]
async fn a_list_whose_client_was_cut_off_leaves_the_version_that_the_store_has() {
    let bench = Bench::start().await;
    let client = bench.enrol().await;
    let mut cuts = Cuts::new();
    while let Some(polls) = cuts.next() {
        let id = bench.queue(&client).await;
        let request = by(Some(&client), "GET", &client.path("/commands")).body(Body::empty()).unwrap();
        let answer = cut_after(polls, &bench.edge, request).await;
        bench.assert_memory_is_as_the_store().await;
        let state = bench.app.store.command_by_id(id).await.unwrap().unwrap().state;
        cuts.went(answer.is_some(), state == "delivered");
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::OK));
    }
}

#[tokio::test]
async fn a_revocation_whose_operator_was_cut_off_holds_in_memory_and_store_or_in_neither() {
    let bench = Bench::start().await;
    let mut cuts = Cuts::new();
    while let Some(polls) = cuts.next() {
        let client = bench.enrol().await;
        let path = format!("/api/v1/clients/{}", client.id);
        let answer = cut_after(polls, &bench.web, bench.of_operator("DELETE", &path, &Value::Null)).await;
        bench.assert_memory_is_as_the_store().await;
        let revoked = client.standing(&bench) == Standing::Revoked;
        cuts.went(answer.is_some(), revoked);
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::NO_CONTENT));
    }
}

#[tokio::test]
async fn a_revocation_that_cannot_be_kept_does_not_hold() {
    let bench = Bench::start().await;
    let client = bench.enrol().await;
    bench.app.store.close().await;
    let answer = bench.operator("DELETE", &format!("/api/v1/clients/{}", client.id), &Value::Null).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(matches!(client.standing(&bench), Standing::Trusted { .. }));
}

#[tokio::test]
async fn a_client_that_was_cut_off_while_it_enrolled_asks_again_and_is_known() {
    let bench = Bench::start().await;
    let mut cuts = Cuts::new();
    while let Some(polls) = cuts.next() {
        let enrolment = enrolment(&bench.one_time_key().await, &KeyPair::generate().unwrap());
        let before = bench.app.store.client_versions().await.unwrap().len();
        let answer = cut_after(polls, &bench.edge, enrolment()).await;
        bench.assert_memory_is_as_the_store().await;
        let enrolled = bench.app.store.client_versions().await.unwrap().len() > before;
        let client = Client::of(bench.edge.clone().oneshot(enrolment()).await.unwrap()).await;
        assert!(matches!(client.standing(&bench), Standing::Trusted { .. }), "cut at {polls}");
        assert_eq!(bench.poll(&client, "").await.0, StatusCode::NO_CONTENT);
        cuts.went(answer.is_some(), enrolled);
    }
}

#[tokio::test]
async fn a_repeated_enrolment_makes_known_what_memory_lacks_and_gives_no_trust_back() {
    let bench = Bench::start().await;
    let (one_time, key) = (bench.one_time_key().await, KeyPair::generate().unwrap());
    let der = certs_only::from_base64_lines(certificate_request(&key).as_bytes()).unwrap();
    let request = CertificationRequest::from_der(&der).unwrap();
    let id = uuid7(0);
    let certificate = bench.app.authority.issue_client(id, request.spki(), clock::now_ms()).unwrap();
    let (hash, spki) = (one_time.hash(), request.spki_digest());
    // As another request leaves it that has written, and not yet come to memory.
    bench.app.store.claim_registration_key(&hash, "default", id, &spki, &certificate).await.unwrap();
    let enrolment = enrolment(&one_time, &key);
    for _ in 0..2 {
        let client = Client::of(bench.edge.clone().oneshot(enrolment()).await.unwrap()).await;
        assert_eq!(client.id, id);
        assert!(matches!(client.standing(&bench), Standing::Trusted { .. }));
        bench.assert_memory_is_as_the_store().await;
    }
    let gone = bench.operator("DELETE", &format!("/api/v1/clients/{id}"), &Value::Null).await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let client = Client::of(bench.edge.clone().oneshot(enrolment()).await.unwrap()).await;
    assert_eq!(client.standing(&bench), Standing::Revoked);
}

#[tokio::test]
async fn a_client_that_was_cut_off_while_it_renewed_has_no_certificate_that_is_not_known() {
    let bench = Bench::start().await;
    let mut cuts = Cuts::new();
    while let Some(polls) = cuts.next() {
        let client = bench.enrol().await;
        let before = bench.app.store.certificates().await.unwrap().len();
        let request =
            by(Some(&client), "POST", names::EST_SIMPLE_REENROLL).header(CONTENT_TYPE, names::PKCS10);
        let body = certificate_request(&KeyPair::generate().unwrap());
        let answer = cut_after(polls, &bench.edge, request.body(Body::from(body)).unwrap()).await;
        bench.assert_memory_is_as_the_store().await;
        cuts.went(answer.is_some(), bench.app.store.certificates().await.unwrap().len() > before);
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::OK));
    }
}

#[tokio::test]
async fn a_device_whose_client_was_cut_off_is_known_with_its_evidence_or_not_at_all() {
    let bench = Bench::start().await;
    let client = bench.enrol().await;
    let database = format!("sqlite:{}", bench.data.path().join(DATABASE).display());
    let database = sqlx::SqlitePool::connect(&database).await.unwrap();
    let (mut cuts, mut number) = (Cuts::new(), 0);
    while let Some(polls) = cuts.next() {
        number += 1;
        let path = client.path(&format!("/devices/{}", uuid7(number)));
        let (serial, time) = (format!("ABC{number:06}"), "2026-11-22T10:00:00Z");
        let pieces = json!([{ "kind": "serial", "value": serial, "time": time }]);
        let evidence = json!({ "manufacturer": "Xerox", "model": "C405", "evidence": pieces });
        let request = by(Some(&client), "PUT", &path).header(CONTENT_TYPE, names::JSON);
        let request = request.body(Body::from(evidence.to_string())).unwrap();
        let answer = cut_after(polls, &bench.edge, request).await;
        bench.assert_memory_is_as_the_store().await;
        let of_it = "SELECT evidence FROM client_devices WHERE name = ?";
        let of_it = sqlx::query_scalar::<_, Option<String>>(of_it).bind(uuid7(number).to_string());
        let kept = of_it.fetch_optional(&database).await.unwrap();
        assert_ne!(kept, Some(None), "cut at {polls}");
        cuts.went(answer.is_some(), kept.is_some());
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::CREATED));
    }
}

#[tokio::test]
async fn an_upload_whose_client_was_cut_off_is_opened_soon_or_leaves_nothing_behind() {
    let bench = Bench::start().await;
    let client = bench.enrol().await;
    let (mut recorded, mut cuts, mut number) = (BTreeSet::new(), Cuts::new(), 0);
    while let Some(polls) = cuts.next() {
        number += 1;
        let (upload, octets) = (uuid7(number), format!("0 upload {number}"));
        let path = client.path(&format!("/uploads/{upload}"));
        let request = sealed(&client, &path, octets.as_bytes(), Body::from(octets.clone()));
        let answer = cut_after(polls, &bench.edge, request).await;
        bench.assert_memory_is_as_the_store().await;
        // What was handed to the group before is committed before, or together with this.
        let (client, upload_after) = (client.id, Uuid::from_u128(number.into()));
        let last =
            NewUpload { client, upload: upload_after, sha256: [0; 32], size: 0, stored_at: 0, parts: None };
        bench.app.store.record_upload(last, bench.app.settings.share).await.unwrap();
        let stored = bench.app.store.upload(client, upload).await.unwrap();
        recorded.extend(stored.iter().map(|stored| hex::encode(&stored.sha256)));
        assert_eq!(bench.archived().await, recorded, "cut at {polls}");
        assert_eq!(bench.was_rung().await, stored.is_some(), "cut at {polls}");
        cuts.went(answer.is_some(), stored.is_some());
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::CREATED));
    }
}

#[tokio::test]
async fn a_part_whose_client_was_cut_off_is_recorded_or_leaves_nothing_behind() {
    let bench = Bench::start().await;
    let client = bench.enrol().await;
    let (mut cuts, mut number) = (Cuts::new(), 0);
    while let Some(polls) = cuts.next() {
        number += 1;
        let octets = format!("0 part {number}");
        let path = client.path(&format!("/uploads/{}/parts/{number}", uuid7(0)));
        let request = sealed(&client, &path, octets.as_bytes(), Body::from(octets.clone()));
        let answer = cut_after(polls, &bench.edge, request).await;
        bench.assert_memory_is_as_the_store().await;
        let parts = bench.app.store.parts(client.id, uuid7(0)).await.unwrap();
        let recorded = parts.iter().map(|(_, sha256)| hex::encode(sha256)).collect();
        assert_eq!(bench.archived().await, recorded, "cut at {polls}");
        cuts.went(answer.is_some(), parts.iter().any(|(part, _)| *part == number));
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::CREATED));
    }
}

#[tokio::test]
async fn an_artifact_whose_operator_was_cut_off_is_recorded_or_leaves_nothing_behind() {
    let bench = Bench::start().await;
    let (mut recorded, mut cuts, mut number) = (BTreeSet::new(), Cuts::new(), 0);
    while let Some(polls) = cuts.next() {
        number += 1;
        let octets = format!("artifact {number}");
        let digest = ContentDigest::of(octets.as_bytes());
        let request = bench.artifact(digest, Body::from(octets));
        let answer = cut_after(polls, &bench.web, request).await;
        bench.assert_memory_is_as_the_store().await;
        let kept = bench.app.store.artifact(digest.as_bytes()).await.unwrap().is_some();
        recorded.extend(kept.then(|| digest.to_hex()));
        assert_eq!(bench.archived().await, recorded, "cut at {polls}");
        cuts.went(answer.is_some(), kept);
        assert!(answer.is_none_or(|answer| answer.status() == StatusCode::CREATED));
    }
}

#[tokio::test]
async fn a_body_of_which_half_came_leaves_nothing_behind() {
    let bench = Bench::start().await;
    let client = bench.enrol().await;
    let octets = format!("0{}", "x".repeat(200_000));
    let (upload, part) = (uuid7(1), uuid7(2));
    let wish = json!({ "client": client.id, "action": "getStatus" });
    for (polls, breaks) in (1..=12).flat_map(|polls| [(polls, false), (polls, true)]) {
        let half = |text: &str| Body::new(Half { first: Some(text.to_owned().into()), breaks });
        let half_of_octets = || half(&octets[..100_000]);
        let upload = client.path(&format!("/uploads/{upload}"));
        let part = client.path(&format!("/uploads/{part}/parts/1"));
        let mut command = bench.of_operator("POST", "/api/v1/commands", &wish);
        *command.body_mut() = half(&wish.to_string());
        for (router, request) in [
            (&bench.edge, sealed(&client, &upload, octets.as_bytes(), half_of_octets())),
            (&bench.edge, sealed(&client, &part, octets.as_bytes(), half_of_octets())),
            (&bench.web, bench.artifact(ContentDigest::of(octets.as_bytes()), half_of_octets())),
            (&bench.web, command),
        ] {
            let answer = cut_after(polls, router, request).await;
            assert!(answer.is_none_or(|answer| answer.status().is_client_error()));
        }
        bench.assert_memory_is_as_the_store().await;
        assert!(bench.archived().await.is_empty());
    }
    assert!(bench.app.store.uploads(None, None, 10).await.unwrap().is_empty());
    assert!(bench.app.store.parts(client.id, part).await.unwrap().is_empty());
    assert!(bench.commands(&client).await.is_empty());
}
