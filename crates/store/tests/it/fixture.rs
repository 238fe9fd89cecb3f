//! An empty store with two workspaces, and rows to put into them.

use base::{BasisPoints, DealId, LeadId, PaymentId, UnixMillis, WorkspaceId};
use serde_json::json;
use store::deals::{Deal, DealDetails, put_deals};
use store::ids::{Counted, find_last_id};
use store::leads::{Lead, LeadDetails, put_leads};
use store::payments::{Payment, PaymentDetails, put_payments};
use store::workspaces::{WorkspaceDetails, insert_workspace};
use store::{Connection, Store, StoreError, Tx};
use tempfile::TempDir;

pub(crate) const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) ours: WorkspaceId,
    pub(crate) theirs: WorkspaceId,
    pub(crate) dir: TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::open_template(dir.path()).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let ours = insert_workspace(&mut tx, &workspace("ours"), NOW)
            .await
            .unwrap();
        let theirs = insert_workspace(&mut tx, &workspace("theirs"), NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            store,
            ours,
            theirs,
            dir,
        }
    }

    pub(crate) async fn begin(&self) -> Tx {
        self.store.begin().await.unwrap()
    }

    pub(crate) async fn read(&self) -> Connection {
        self.store.read().await.unwrap()
    }

    /// A committed lead.
    pub(crate) async fn lead(&self, workspace: WorkspaceId, lead: &LeadDetails) -> LeadId {
        let mut tx = self.begin().await;
        let id = insert_lead(&mut tx, workspace, lead).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}

macro_rules! inserting {
    ($($name:ident($details:ty) -> $id:ident as $row:ident { $($empty:ident),+ }, $counted:ident,
        $put:ident;)+) => {$(
        /// Adds a row with the next id.
        pub(crate) async fn $name(
            tx: &mut Tx,
            workspace: WorkspaceId,
            details: &$details,
        ) -> Result<$id, StoreError> {
            let id = $id(find_last_id(tx, Counted::$counted).await? + 1);
            let row = $row { id, details: details.clone(), $($empty: None,)+ version: 1 };
            $put(tx, workspace, &[row]).await?;
            Ok(id)
        }
    )+};
}

inserting! {
    insert_lead(LeadDetails) -> LeadId as Lead { sold_at, archived_at }, Leads, put_leads;
    insert_deal(DealDetails) -> DealId as Deal { archived_at }, Deals, put_deals;
    insert_payment(PaymentDetails) -> PaymentId as Payment { archived_at }, Payments, put_payments;
}

pub(crate) fn workspace(name: &str) -> WorkspaceDetails {
    WorkspaceDetails {
        name: name.to_owned(),
        time_zone: "Europe/Warsaw".to_owned(),
        currency: "PLN".parse().unwrap(),
        week_start: "monday".to_owned(),
        vat_mode: "net".to_owned(),
        vat_rate_bp: BasisPoints(2_300),
        default_country: "PL".to_owned(),
        lead_dedupe_days: 30,
        settings: json!({}),
    }
}

pub(crate) fn lead(at: UnixMillis) -> LeadDetails {
    LeadDetails {
        external_id: None,
        at,
        recorded_at: NOW,
        name: "Ada".to_owned(),
        phone: String::new(),
        phone_e164: None,
        email: String::new(),
        email_norm: None,
        message: String::new(),
        fields: json!({}),
        form: String::new(),
        page: String::new(),
        visit_id: None,
        visitor_id: None,
        click_id: None,
        link_method: "unknown".to_owned(),
        declared: None,
        traffic_key: None,
        status: "new".to_owned(),
        duplicate_of: None,
        person_id: None,
        request_id: None,
        import_id: None,
        assignee_id: None,
        responsible: String::new(),
    }
}
