//! The running server: its door, its workers, and a clean end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use api::{ApiState, Door, DoorBody, Live, Traffic};
use app::{App, Held, Keeper, NodeRole, Surroundings as _};
use base::{Cidr, SiteId};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::connections::{connections_max, files_max};
use crate::intake::{self, Begun, Intake};
use crate::intake_log::{self, IntakeWriter};
use crate::nodes::door::{INSIDE, Inside};
use crate::nodes::inside::Token;
use crate::nodes::live::Newest;
use crate::nodes::turns;
use crate::nodes::watching::watcher;
use crate::watch::{Watch, Watched};
use crate::workers::{self, LOOK_INTERVAL};

/// A server that listens; it runs until it is stopped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) app: App,
    /// Where this node takes something in.
    intake_writer: Option<Arc<IntakeWriter>>,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Time that a server which does not answer is waited for at the end.
    drain: Duration,
}

/// What answers every request of a node.
pub(crate) struct Front {
    pub(crate) door: Door<intake::JournalSink>,
    /// What other nodes are given.
    pub(crate) inside: Arc<Inside>,
    /// The node takes clicks and events in.
    pub(crate) collects: bool,
}

impl Front {
    async fn answer(
        &self,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> Result<Response<DoorBody>, Infallible> {
        let path = request.uri().path();
        if path.starts_with(INSIDE) {
            return Ok(self.inside.answer(request).await.map(Either::Left));
        }
        if !self.collects && self.door.snapshot.load().route(path).is_some() {
            return Ok(api::takes_nothing_in());
        }
        self.door.answer(peer, request).await
    }
}

/// Listens where the settings say; a port that the system picked is only known then, and links are
/// made from it.
///
/// # Errors
/// When the address is taken.
pub(crate) async fn listen(config: &Config) -> anyhow::Result<(TcpListener, Config)> {
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| {
            format!(
                "failed to listen on {} (server.listen)",
                config.server.listen
            )
        })?;
    let mut config = config.clone();
    if config.server.listen.port() == 0 {
        config.server.base_url = format!("http://{}", listener.local_addr()?);
    }
    Ok((listener, config))
}

/// Opens the data folder, starts the workers and listens.
///
/// # Errors
/// When the folder is held by another process, a setting is wrong or the address is taken.
pub(crate) async fn start(config: &Config) -> anyhow::Result<Server> {
    let watch = Arc::new(Watch::start()?);
    let (listener, config) = listen(config).await?;
    let address = listener.local_addr()?;
    let app = crate::open::open_as_server(&config, address).await?;
    turns::begin(&app).await?;
    begin_to_load(&app).await?;
    let routing = app.routing().borrow().clone();
    let begun = Begun {
        journal: app.journal(),
        routing: &routing,
        salts: app.daily_salts().await?,
        shares: *app.shares().borrow(),
        now: app.now(),
    };
    let (collector, snapshot) = intake::start(&begun, &config)?;
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let (live, newest) = (
        Live::new(Arc::new(|| Machine.now()), stop.clone()),
        Arc::default(),
    );
    let trusted = intake::trusted_proxies(&config)?.into();
    let token = Token::of(&config).await?;
    let state = state_of(&app, (&collector, token.clone()), &live, trusted, &watch);
    let roles = &app.this_node().roles;
    let router = match roles.has(NodeRole::Api) {
        true => api::router(state),
        false => api::router_without_api(state),
    };
    let front = Arc::new(Front {
        door: Door {
            collector: Arc::clone(&collector),
            snapshot: Arc::clone(&snapshot),
            router,
            clock: Arc::new(|| Machine.now()),
            traffic: Traffic::default(),
            body_time: Duration::from_secs(config.server.body_s),
            transport_security: transport_security(config.server.hsts_days)?,
        },
        inside: inside_of(&app, token.clone(), &newest, &collector),
        collects: roles.has(NodeRole::Collect),
    });
    let intake_writer = count_intake(&app, &collector, &tasks, &stop);
    let left_behind = app.newest_lead_request().await?;
    let parts = workers::Parts {
        app: app.clone(),
        collector,
        snapshot,
        live,
        newest,
        config: config.clone(),
        left_behind,
        watch,
    };
    workers::start(&tasks, &stop, parts, token)?;
    tasks.spawn(accept(listener, front, stop.clone(), Limits::of(&config)));
    Ok(Server {
        address,
        app,
        intake_writer,
        stop,
        tasks,
        drain: Duration::from_secs(config.server.drain_s),
    })
}

/// Writes down what this node takes in, where it takes something in.
fn count_intake(
    app: &App,
    collector: &Arc<Intake>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Option<Arc<IntakeWriter>> {
    let this = app.this_node();
    this.roles.has(NodeRole::Collect).then(|| {
        let writer = IntakeWriter::new(Arc::clone(collector), &this.name);
        tasks.spawn(intake_log::write(
            app.clone(),
            Arc::clone(&writer),
            stop.clone(),
        ));
        writer
    })
}

/// What this node gives to others.
fn inside_of(
    app: &App,
    token: Option<Token>,
    newest: &Arc<Newest>,
    collector: &Intake,
) -> Arc<Inside> {
    let (this, uploads) = (app.this_node(), app.settings().uploads.clone());
    let watched = Arc::clone(collector.watch());
    let parts = (Arc::clone(app.journal()), Arc::clone(newest), watched);
    let own = (this.name.as_str(), this.folder.as_str());
    Arc::new(Inside::new(token, parts, uploads, own))
}

/// A warehouse that is away is taken over later, by the one that loads.
async fn begin_to_load(app: &App) -> anyhow::Result<()> {
    if !app.is_shared() || app.load_lease().held() == Held::No {
        return Ok(());
    }
    match app.begin_to_load().await {
        Err(error) if error.is_warehouse_away() => Ok(()),
        begun => Ok(begun.map(drop)?),
    }
}

/// Ends when the process is asked to stop.
///
/// # Errors
/// When the signals cannot be listened for.
pub(crate) async fn asked_to_stop() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done?,
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: open requests finish first");
    Ok(())
}

impl Server {
    /// Runs until the process is asked to stop, then drains.
    ///
    /// # Errors
    /// When the signals cannot be listened for or the last writes fail.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        asked_to_stop().await?;
        self.stop().await
    }

    /// Stops taking requests, lets open ones and the workers finish, and closes the files.
    ///
    /// # Errors
    /// When the last writes fail.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => {}
            () = self.lose_patience() => {
                tracing::warn!("the warehouse is away: the journal keeps what it has not got");
            }
        }
        self.app.journal().close();
        if let Some(writer) = &self.intake_writer {
            intake_log::end(&self.app, writer).await;
        }
        turns::end(&self.app).await;
        if self.app.away_since(Keeper::Warehouse).is_none() {
            self.app.warehouse().checkpoint()?;
        }
        self.app.store().close().await;
        Ok(())
    }

    /// Ends when the warehouse has been away for a while. A worker may be waiting for it.
    async fn lose_patience(&self) {
        loop {
            self.app.look_at_warehouse().await;
            tokio::time::sleep(LOOK_INTERVAL).await;
            if self.app.away_since(Keeper::Warehouse).is_some() {
                tokio::time::sleep(self.drain).await;
                return;
            }
        }
    }
}

use crate::surroundings::Machine;

fn state_of(
    app: &App,
    (collector, token): (&Arc<Intake>, Option<Token>),
    live: &Live,
    trusted_proxies: Arc<[Cidr]>,
    watch: &Arc<Watch>,
) -> ApiState {
    let (watch, watched) = (Arc::clone(watch), app.clone());
    let counted = Arc::clone(collector);
    let limited = Arc::clone(collector);
    ApiState {
        app: app.clone(),
        drops: Arc::new(move |site: SiteId| {
            let intake = counted.counters().read(Some(site));
            intake
                .dropped
                .into_iter()
                .map(|(reason, count)| (reason.name(), count))
                .collect()
        }),
        forms: Arc::new(move |peer, headers| limited.admit_form(peer, headers, Machine.now())),
        live: live.clone(),
        watcher: watcher(app, collector.watch(), token),
        trusted_proxies,
        metrics: Arc::new(move || watch.render(&Watched::of(&watched))),
    }
}

pub(crate) fn transport_security(days: u32) -> anyhow::Result<Option<HeaderValue>> {
    const DAY_S: u64 = 24 * 60 * 60;
    if days == 0 {
        return Ok(None);
    }
    let told = format!("max-age={}", u64::from(days) * DAY_S);
    Ok(Some(HeaderValue::try_from(told)?))
}

/// What a client may take of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    connections: usize,
    /// Time to send a request's head.
    head: Duration,
    /// Time for open requests at the end.
    drain: Duration,
}

impl Limits {
    pub(crate) fn of(config: &Config) -> Self {
        let server = &config.server;
        let connections = connections_max(server.connections_max, files_max());
        if connections < usize::try_from(server.connections_max).unwrap_or(usize::MAX) {
            tracing::warn!(
                connections,
                "the system grants too few open files for server.connections_max"
            );
        }
        Self {
            connections,
            head: Duration::from_secs(server.head_s),
            drain: Duration::from_secs(server.drain_s),
        }
    }
}

/// The next client, once there is room for one more connection.
async fn next_client(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await;
    let place = place.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

/// Answers whoever comes, until `stop`; then open requests finish.
pub(crate) async fn accept(
    listener: TcpListener,
    front: Arc<Front>,
    stop: CancellationToken,
    limits: Limits,
) {
    let graceful = GracefulShutdown::new();
    let connections = TaskTracker::new();
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let accepted = tokio::select! {
            accepted = next_client(&listener, &room) => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, peer, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Usually too many open files: a pause lets some close.
                tracing::warn!(%error, "failed to accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection went away at once");
            continue;
        }
        let front = Arc::clone(&front);
        let service = service_fn(move |request| {
            let front = Arc::clone(&front);
            async move { front.answer(peer, request).await }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    let finished = async {
        graceful.shutdown().await;
        connections.wait().await;
    };
    if tokio::time::timeout(limits.drain, finished).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}
