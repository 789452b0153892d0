//! Binds the five ports to loopback addresses and serves until a signal comes.

use std::{
    io::{ErrorKind, Write, stdout},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    control::{self, observe},
    fga, management, model,
    options::Options,
    providers, tenant,
    world::{Service, StartError, World},
};

/// Why the world could not start or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Another program listens there.
    #[error(
        "port {port} ({service}) is in use. Stop the program that uses it, or choose another port with {option} ({setting} for npm start)."
    )]
    PortInUse {
        /// The port asked for.
        port: u16,
        /// What was to listen there.
        service: &'static str,
        /// The option that moves it.
        option: &'static str,
        /// The setting of `npm start` that moves it.
        setting: &'static str,
    },
    /// The system refused the socket for another reason.
    #[error("cannot listen on port {port} ({service}): {source}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// What was to listen there.
        service: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A server ended by itself.
    #[error("a server stopped: {0}")]
    Serve(#[from] std::io::Error),
    /// The seeded data or a script cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Starts everything, prints one ready line and returns after SIGINT or SIGTERM.
///
/// # Errors
/// [`ServerError`] when a port is taken or the seeded data cannot be read.
pub async fn run(options: Options) -> Result<(), ServerError> {
    let world = World::new(options)?;
    let (stop, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    for service in Service::ALL {
        let router = router(service, &world);
        for listener in listeners(service, port(service, world.options())).await? {
            let (router, mut stopped) = (router.clone(), stopped.clone());
            servers.spawn(async move {
                axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
                    .with_graceful_shutdown(async move {
                        // A closed channel means the same as a signal: the program ends.
                        let _ = stopped.changed().await;
                    })
                    .await
            });
        }
    }
    ready(&world)?;
    tokio::select! {
        () = signal() => {}
        ended = servers.join_next() => if let Some(Ok(Err(error))) = ended { return Err(error.into()) },
    }
    let _ = stop.send(true);
    // Open streams and idle connections do not hold the program: it has nothing to save.
    servers.shutdown().await;
    Ok(())
}

/// The routes of one service, with its log and its injected faults around them.
pub fn router(service: Service, world: &Arc<World>) -> Router {
    let world = Arc::clone(world);
    let router = match service {
        Service::Tenant => tenant::router(Arc::clone(&world)).merge(management::router(Arc::clone(&world))),
        Service::Providers => providers::router(Arc::clone(&world)),
        Service::Model => model::router(Arc::clone(&world)),
        Service::Control => control::router(Arc::clone(&world)),
        Service::Fga => fga::router(Arc::clone(&world)),
    };
    observe::layer(router, service, world)
}

fn port(service: Service, options: &Options) -> u16 {
    match service {
        Service::Tenant => options.tenant_port,
        Service::Providers => options.providers_port,
        Service::Model => options.model_port,
        Service::Control => options.control_port,
        Service::Fga => options.fga_port,
    }
}

/// `localhost` is 127.0.0.1 for some programs and ::1 for others, so both are served where both exist.
async fn listeners(service: Service, port: u16) -> Result<Vec<TcpListener>, ServerError> {
    let v4 = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await
        .map_err(|source| refused(service, port, source))?;
    let port = v4.local_addr()?.port();
    match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
        Ok(v6) => Ok(vec![v4, v6]),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(refused(service, port, error)),
        Err(_) => Ok(vec![v4]),
    }
}

fn refused(service: Service, port: u16, source: std::io::Error) -> ServerError {
    if source.kind() != ErrorKind::AddrInUse {
        return ServerError::Listen { port, service: service.name(), source };
    }
    let (option, setting) = match service {
        Service::Tenant => ("--tenant-port", "OFFLINE_PORT"),
        Service::Providers => ("--providers-port", "OFFLINE_PROVIDERS_PORT"),
        Service::Model => ("--model-port", "OFFLINE_MODEL_PORT"),
        Service::Control => ("--control-port", "OFFLINE_CONTROL_PORT"),
        Service::Fga => ("--fga-port", "OFFLINE_FGA_PORT"),
    };
    ServerError::PortInUse { port, service: service.name(), option, setting }
}

fn ready(world: &World) -> Result<(), std::io::Error> {
    let options = world.options();
    let mut out = stdout().lock();
    writeln!(
        out,
        "ready: tenant {} providers http://localhost:{} model http://localhost:{}/v1 control http://localhost:{} fga http://localhost:{} seed {}",
        options.issuer,
        options.providers_port,
        options.model_port,
        options.control_port,
        options.fga_port,
        options.fault_seed
    )?;
    out.flush()
}

async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
