//! Tokens that are not what they should be, each in one way; and what the browser is sent with.

use base::UnixMillis;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::json;

use super::*;

const NOW_S: i64 = 1_795_176_000;
const ISSUER: &str = "https://id.example";
const CLIENT: &str = "throughline";

const EXPECTED: Expected<'static> = Expected {
    issuer: ISSUER,
    client_id: CLIENT,
    nonce: "n-1",
    now: UnixMillis(NOW_S * 1_000),
    groups_claim: "groups",
};

/// A provider with one key, by its name.
struct Provider {
    pair: Ed25519KeyPair,
    name: &'static str,
}

impl Provider {
    fn new(seed: u8, name: &'static str) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self { pair, name }
    }

    fn key(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": self.name, "use": "sig", "x": x})
    }

    fn keys(&self) -> Keys {
        serde_json::from_value(json!({"keys": [self.key()]})).unwrap()
    }

    fn sign(&self, header: &Value, body: &Value) -> String {
        let signed = format!("{}.{}", encode(header), encode(body));
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "kid": self.name})
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn body() -> Value {
    json!({
        "iss": ISSUER, "aud": CLIENT, "sub": "u-7", "nonce": "n-1",
        "iat": NOW_S - 5, "exp": NOW_S + 300, "auth_time": NOW_S - 10,
        "email": "ola@shop.example", "email_verified": true, "name": "Ola",
        "amr": ["pwd", "otp"], "acr": "high", "groups": ["sales", 7, "all"],
    })
}

/// What becomes of a token whose body is changed at one place.
fn changed(name: &str, value: Value) -> Result<Claims, TokenFault> {
    let provider = Provider::new(1, "a");
    let mut body = body();
    body[name] = value;
    let token = provider.sign(&provider.header(), &body);
    verify(&token, &provider.keys(), EXPECTED)
}

#[test]
fn a_token_for_this_question_is_believed() {
    let claims = changed("sub", json!("u-7")).unwrap();
    let expected = Claims {
        subject: "u-7".to_owned(),
        email: Some("ola@shop.example".to_owned()),
        is_email_verified: true,
        name: "Ola".to_owned(),
        proved_at: Some(UnixMillis((NOW_S - 10) * 1_000)),
        methods: ["pwd", "otp", "high"].map(str::to_owned).to_vec(),
        groups: ["sales", "all"].map(str::to_owned).to_vec(),
    };
    assert_eq!(claims, expected);
}

#[test]
fn a_token_that_is_wrong_in_one_way_is_not() {
    for (name, value, fault) in [
        ("iss", json!("https://other.example"), TokenFault::Issuer),
        ("iss", json!("https://id.example/"), TokenFault::Issuer),
        ("aud", json!("another program"), TokenFault::Audience),
        ("aud", json!([]), TokenFault::Audience),
        ("aud", json!([CLIENT, "another"]), TokenFault::Audience),
        ("azp", json!("another"), TokenFault::Audience),
        ("nonce", json!("n-2"), TokenFault::Nonce),
        ("nonce", Value::Null, TokenFault::Nonce),
        ("exp", json!(NOW_S - 60), TokenFault::Expired),
        ("exp", Value::Null, TokenFault::Expired),
        ("iat", json!(NOW_S + 61), TokenFault::Expired),
        ("iat", Value::Null, TokenFault::Expired),
        ("nbf", json!(NOW_S + 61), TokenFault::Expired),
        ("sub", json!(""), TokenFault::Subject),
        ("sub", json!(7), TokenFault::Subject),
    ] {
        assert_eq!(changed(name, value.clone()), Err(fault), "{name} {value}");
    }
    assert!(changed("aud", json!([CLIENT])).is_ok());
    assert!(changed("azp", json!(CLIENT)).is_ok());
    // A clock that is a little off does no harm.
    assert!(changed("exp", json!(NOW_S - 59)).is_ok());
    assert!(changed("iat", json!(NOW_S + 59)).is_ok());
}

#[test]
fn what_was_written_by_another_hand_is_not_believed() {
    let (provider, stranger) = (Provider::new(1, "a"), Provider::new(2, "a"));
    let keys = provider.keys();
    let token = provider.sign(&provider.header(), &body());
    let fault = |token: &str| verify(token, &keys, EXPECTED).unwrap_err();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut richer = body();
    richer["groups"] = json!(["owners"]);
    let forged = format!(
        "{}.{}.{signature}",
        encode(&provider.header()),
        encode(&richer)
    );
    assert_eq!(fault(&forged), TokenFault::Signature);
    let by_stranger = stranger.sign(&stranger.header(), &body());
    assert_eq!(fault(&by_stranger), TokenFault::Signature);
    assert_eq!(fault(&format!("{signed}.")), TokenFault::Signature);
    for algorithm in ["none", "None", "HS256", "RS1", ""] {
        let header = json!({"alg": algorithm, "kid": "a"});
        let unsigned = format!("{}.{}.", encode(&header), encode(&body()));
        assert_eq!(fault(&unsigned), TokenFault::Algorithm, "{algorithm}");
    }
    // A key of one kind signs nothing of another.
    let header = json!({"alg": "RS256", "kid": "a"});
    assert_eq!(
        fault(&provider.sign(&header, &body())),
        TokenFault::UnknownKey
    );
    let header = json!({"alg": "EdDSA", "kid": "a", "crit": ["exp"]});
    assert_eq!(
        fault(&provider.sign(&header, &body())),
        TokenFault::Algorithm
    );
    for junk in ["", "a.b", "a.b.c", "..", "é.é.é"] {
        assert_eq!(fault(junk), TokenFault::NoToken, "{junk}");
    }
}

#[test]
fn keys_are_changed_over_by_their_names() {
    let (old, new) = (Provider::new(1, "a"), Provider::new(2, "b"));
    let token = new.sign(&new.header(), &body());
    let known = verify(&token, &old.keys(), EXPECTED);
    assert_eq!(known, Err(TokenFault::UnknownKey));
    let [first, second] = [old.key(), new.key()];
    let both = serde_json::from_value(json!({"keys": [first, second]})).unwrap();
    assert!(verify(&token, &both, EXPECTED).is_ok());
    // Without a name it is told only where there is one key.
    let nameless = new.sign(&json!({"alg": "EdDSA"}), &body());
    assert!(verify(&nameless, &new.keys(), EXPECTED).is_ok());
    assert_eq!(
        verify(&nameless, &both, EXPECTED),
        Err(TokenFault::UnknownKey)
    );
}

#[test]
fn a_key_on_a_curve_signs_too() {
    let chance = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &chance).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &chance).unwrap();
    let point = pair.public_key().as_ref();
    let [x, y] = [&point[1..33], &point[33..]].map(|part| URL_SAFE_NO_PAD.encode(part));
    let key = json!({"kty": "EC", "crv": "P-256", "kid": "e", "alg": "ES256", "x": x, "y": y});
    let keys: Keys = serde_json::from_value(json!({"keys": [key]})).unwrap();
    let signed = format!(
        "{}.{}",
        encode(&json!({"alg": "ES256", "kid": "e"})),
        encode(&body())
    );
    let signature = pair.sign(&chance, signed.as_bytes()).unwrap();
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    assert!(verify(&token, &keys, EXPECTED).is_ok());
}

fn metadata(says_issuer: bool) -> Metadata {
    let told = json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://id.example/auth?tenant=1",
        "token_endpoint": "https://id.example/token",
        "jwks_uri": "https://id.example/keys",
        "authorization_response_iss_parameter_supported": says_issuer,
    });
    serde_json::from_value(told).unwrap()
}

#[test]
fn an_answer_of_another_provider_is_told_apart() {
    assert!(metadata(false).is_answer_of(None));
    assert!(!metadata(true).is_answer_of(None));
    for says in [false, true] {
        assert!(metadata(says).is_answer_of(Some(ISSUER)));
        assert!(!metadata(says).is_answer_of(Some("https://other.example")));
    }
}

#[test]
fn the_browser_takes_a_digest_along_and_never_the_verifier() {
    let question = Question {
        client_id: CLIENT,
        redirect_uri: "https://tl.example/sign-in/provider",
        scopes: &["openid".to_owned(), "email".to_owned()],
        state: "s&1",
        nonce: "n-1",
        // RFC 7636, appendix B.
        verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        freshness: Freshness::Any,
    };
    let page = metadata(false).sign_in_page(question).unwrap();
    assert_eq!(
        page,
        "https://id.example/auth?tenant=1&response_type=code&client_id=throughline\
         &redirect_uri=https%3A%2F%2Ftl.example%2Fsign-in%2Fprovider&scope=openid+email\
         &state=s%261&nonce=n-1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
         &code_challenge_method=S256"
    );
    let fresh = Question {
        freshness: Freshness::Now,
        ..question
    };
    let page = metadata(false).sign_in_page(fresh).unwrap();
    assert!(page.ends_with("&prompt=login&max_age=0"), "{page}");
}

#[test]
fn client_and_secret_are_encoded_before_they_are_joined() {
    let client = Client {
        id: "a:b",
        secret: "c d%",
    };
    assert_eq!(
        basic(client),
        format!("Basic {}", STANDARD.encode("a%3Ab:c+d%25"))
    );
}
