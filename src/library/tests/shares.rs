use super::service::{SETTINGS, Service};
use super::*;

type Settings<'a> = &'a [(&'a str, &'a str)];

/// Once with the embedded evaluator, once with a service: what is answered is the same.
fn both(test: impl Fn(&FakeHost, Settings<'_>)) {
    test(&FakeHost::new(), &[]);
    let host = FakeHost::new();
    let _service = Service::of(&host);
    test(&host, SETTINGS);
}

/// RG-12, RG-13: the owner sees it, another does not, after sharing does, after that is ended does not, at once.
#[test]
fn rg_12_a_document_is_shared_and_unshared() {
    both(|host, settings| {
        let library = library(host, settings);
        add(&library, "ana", "plan", None).unwrap();
        assert!(sees(&library, "ana", "plan") && !sees(&library, "bo", "plan"));
        let one = share(&library, "ana", "plan", email(" Bo@Example.com ")).unwrap();
        assert_eq!(one.with, email("bo@example.com"));
        assert!(sees(&library, "bo", "plan") && !sees(&library, "cy", "plan"));
        let all = share(&library, "ana", "plan", ShareWith::Everybody).unwrap();
        assert!(sees(&library, "cy", "plan"));
        assert_eq!(shares(&library, "ana", "plan").unwrap(), [one.clone(), all.clone()]);
        unshare(&library, "ana", "plan", &all.id).unwrap();
        assert!(sees(&library, "bo", "plan") && !sees(&library, "cy", "plan"));
        unshare(&library, "ana", "plan", &one.id).unwrap();
        assert!(!sees(&library, "bo", "plan") && sees(&library, "ana", "plan"));
        assert_eq!(refused(unshare(&library, "ana", "plan", &one.id)), code(404, "share_unknown"));
    });
}

/// RG-12: a folder's share is one of everything in it, also further down, and of what comes into it later.
#[test]
fn rg_12_a_folder_is_shared_with_what_is_in_it() {
    both(|host, settings| {
        let library = library(host, settings);
        let plans = folder(&library, "ana", "Plans", None);
        let old = folder(&library, "ana", "Old plans", Some(&plans));
        add(&library, "ana", "one", Some(&plans)).unwrap();
        add(&library, "ana", "two", Some(&old)).unwrap();
        add(&library, "ana", "apart", None).unwrap();
        let shared = share(&library, "ana", &plans, email("bo@example.com")).unwrap();
        add(&library, "ana", "three", Some(&old)).unwrap();
        for id in ["one", "two", "three"] {
            assert!(sees(&library, "bo", id) && !sees(&library, "cy", id), "{id}");
        }
        assert!(!sees(&library, "bo", "apart"));
        unshare(&library, "ana", &plans, &shared.id).unwrap();
        for id in ["one", "two", "three"] {
            assert!(!sees(&library, "bo", id) && sees(&library, "ana", id), "{id}");
        }
    });
}

/// Sharing with nobody, with oneself, with what is no address, twice, too often: each is answered in words, and nothing is shared.
#[test]
fn rg_12_what_cannot_be_shared_is_said_in_words() {
    both(|host, settings| {
        let library = library(host, settings);
        add(&library, "ana", "plan", None).unwrap();
        for (with, problem) in [
            ("", "share_with_nobody"),
            ("  ", "share_with_nobody"),
            ("bo", "share_address_invalid"),
            ("user:*", "share_address_invalid"),
            ("ana@example.com", "share_with_oneself"),
            ("ANA@example.com", "share_with_oneself"),
        ] {
            assert_eq!(refused(share(&library, "ana", "plan", email(with))), code(400, problem), "{with}");
        }
        assert!(shares(&library, "ana", "plan").unwrap().is_empty());
        let first = share(&library, "ana", "plan", email("bo@example.com")).unwrap();
        host.pass(60_000);
        // The answer of the first may have been lost: the second is the same.
        assert_eq!(share(&library, "ana", "plan", email("BO@example.com")).unwrap(), first);
        assert_eq!(shares(&library, "ana", "plan").unwrap().len(), 1);
        for number in 1..100 {
            share(&library, "ana", "plan", email(&format!("u{number}@example.com"))).unwrap();
        }
        assert_eq!(refused(share(&library, "ana", "plan", email("u100@example.com"))), code(409, "share_limit"));
        assert_eq!(share(&library, "ana", "plan", email("u7@example.com")).unwrap().with, email("u7@example.com"));
    });
}

/// Only the owner shares, unshares and looks at shares. Foreign and unknown get the same answer, whoever asks.
#[test]
fn rg_12_only_the_owner_shares() {
    both(|host, settings| {
        let library = library(host, settings);
        add(&library, "ana", "plan", None).unwrap();
        let shared = share(&library, "ana", "plan", email("bo@example.com")).unwrap();
        assert!(sees(&library, "bo", "plan"));
        for who in ["bo", "cy"] {
            let answers = |id: &str| {
                [
                    refused(share(&library, who, id, ShareWith::Everybody)),
                    refused(shares(&library, who, id)),
                    refused(unshare(&library, who, id, &shared.id)),
                    refused(ask(
                        &library,
                        WhoCanSee { who: person(who), kind: kind_of(&library, id), id: id.to_owned() },
                    )),
                ]
            };
            assert_eq!(answers("plan"), answers("nothing"));
            assert_eq!(answers("plan"), [(); 4].map(|()| code(404, "document_unknown")));
        }
        // A share of one document cannot be ended through another.
        add(&library, "bo", "other", None).unwrap();
        assert_eq!(refused(unshare(&library, "bo", "other", &shared.id)), code(404, "share_unknown"));
        assert_eq!(shares(&library, "ana", "plan").unwrap().len(), 1);
    });
}

/// RG-12: nobody learns from an answer, a list or "who can see this" whether an address has an account.
#[test]
fn rg_12_an_account_makes_no_difference_to_the_owner() {
    both(|host, settings| {
        let library = library(host, settings);
        let looks = |id: &str, arrives: bool| {
            add(&library, "ana", id, None).unwrap();
            let shared = share(&library, "ana", id, email("bo@example.com")).unwrap();
            if arrives {
                assert!(sees(&library, "bo", id));
            }
            let audience =
                ask(&library, WhoCanSee { who: person("ana"), kind: kind_of(&library, id), id: id.to_owned() })
                    .unwrap();
            let list = shares(&library, "ana", id).unwrap();
            (shared.with, list.len(), list[0].with.clone(), audience)
        };
        let nobody_came = looks("one", false);
        assert_eq!(looks("two", true), nobody_came);
        assert_eq!(looks("three", false), nobody_came);
    });
}

/// RG-12, RG-21: an invitation is for the verified address alone.
#[test]
fn rg_12_an_address_that_is_not_verified_binds_nothing() {
    both(|host, settings| {
        let library = library(host, settings);
        add(&library, "ana", "plan", None).unwrap();
        share(&library, "ana", "plan", email("bo@example.com")).unwrap();
        let unverified = Person { email: None, ..person("bo") };
        assert!(ask(&library, ReadDocument { who: unverified.clone(), id: "plan".to_owned() }).is_err());
        // When it is verified later, it is theirs: of the subject, not of the address.
        assert!(sees(&library, "bo", "plan"));
        assert!(ask(&library, ReadDocument { who: unverified, id: "plan".to_owned() }).is_ok());
        // What says who asks is not in the question: no address in a search changes anything.
        let search = |who: Person| {
            let query = "the secret of plan, I am bo@example.com".to_owned();
            ask(&library, SearchDocuments { who, query, wanted: 5 }).unwrap().passages.len()
        };
        assert_eq!((search(person("cy")), search(person("bo"))), (0, 1));
    });
}

/// An address that changes hands does not take along what its former holder was shown; a new share is for the new holder.
#[test]
fn rg_12_a_bound_invitation_is_not_taken_over() {
    both(|host, settings| {
        let library = library(host, settings);
        add(&library, "ana", "plan", None).unwrap();
        let shared = share(&library, "ana", "plan", email("bo@example.com")).unwrap();
        assert!(sees(&library, "bo", "plan"));
        let successor = Person { subject: "auth0|successor".to_owned(), ..person("bo") };
        let reads = |who: &Person| ask(&library, ReadDocument { who: who.clone(), id: "plan".to_owned() }).is_ok();
        assert!(!reads(&successor));
        assert!(sees(&library, "bo", "plan"));
        // The same address again is the same share; ended and given anew, it is for whoever comes now.
        share(&library, "ana", "plan", email("bo@example.com")).unwrap();
        assert!(!reads(&successor));
        unshare(&library, "ana", "plan", &shared.id).unwrap();
        share(&library, "ana", "plan", email("bo@example.com")).unwrap();
        assert!(reads(&successor));
        assert!(!reads(&person("bo")));
    });
}

/// Two addresses of one person are two shares of one tuple: it goes with the second of them.
#[test]
fn rg_12_two_addresses_of_one_person() {
    both(|host, settings| {
        let library = library(host, settings);
        add(&library, "ana", "plan", None).unwrap();
        let first = share(&library, "ana", "plan", email("bo@example.com")).unwrap();
        let second = share(&library, "ana", "plan", email("bo@work.example")).unwrap();
        assert!(sees(&library, "bo", "plan"));
        let at_work = Person { email: Some("bo@work.example".to_owned()), ..person("bo") };
        assert!(ask(&library, ReadDocument { who: at_work, id: "plan".to_owned() }).is_ok());
        unshare(&library, "ana", "plan", &first.id).unwrap();
        assert!(sees(&library, "bo", "plan"));
        unshare(&library, "ana", "plan", &second.id).unwrap();
        assert!(!sees(&library, "bo", "plan"));
    });
}

/// RG-07: where users are called by their address, a share needs nobody to come first, and an address that is not verified owns nothing.
#[test]
fn rg_07_users_by_address() {
    both(|host, settings| {
        let by_email = [settings, &[("FGA_USER_FORMAT", "user:{email}")]].concat();
        let library = library(host, &by_email);
        add(&library, "ana", "plan", None).unwrap();
        share(&library, "ana", "plan", email("Bo@example.com")).unwrap();
        assert!(host.dump().contains("user:bo@example.com"));
        assert!(sees(&library, "bo", "plan") && !sees(&library, "cy", "plan"));
        let unverified = Person { email: None, ..person("ana") };
        let request = AddDocument {
            who: unverified,
            title: "T".to_owned(),
            text: "Text".to_owned(),
            media_type: "text/plain".to_owned(),
            folder: None,
            id: None,
        };
        assert_eq!(refused(ask(&library, request)), code(403, "email_not_verified"));
    });
}

/// What is removed takes its shares along: an id that is given again belongs to its new owner alone.
#[test]
fn rg_12_shares_go_with_the_document() {
    both(|host, settings| {
        let library = library(host, settings);
        add(&library, "ana", "plan", None).unwrap();
        share(&library, "ana", "plan", ShareWith::Everybody).unwrap();
        share(&library, "ana", "plan", email("bo@example.com")).unwrap();
        assert!(sees(&library, "bo", "plan"));
        ask(&library, RemoveDocument { who: person("ana"), id: "plan".to_owned() }).unwrap();
        assert!(!sees(&library, "bo", "plan") && !sees(&library, "ana", "plan"));
        add(&library, "cy", "plan", None).unwrap();
        assert!(sees(&library, "cy", "plan"));
        assert!(!sees(&library, "bo", "plan") && !sees(&library, "ana", "plan"));
        assert!(shares(&library, "cy", "plan").unwrap().is_empty());
    });
}
