use axum::{extract::State, http::StatusCode, routing::get, Router};
use redis::{aio::MultiplexedConnection, AsyncCommands};

async fn count(State(mut connection): State<MultiplexedConnection>) -> Result<String, StatusCode> {
    let hits: u64 = connection
        .incr("hits", 1)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(format!("Holla! we have hit {hits} times\n"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (port, redis_port) = (std::env::var("PORT")?, std::env::var("REDIS_PORT")?);
    let client = redis::Client::open(format!("redis://127.0.0.1:{redis_port}/"))?;
    let connection = client.get_multiplexed_async_connection().await?;
    let app = Router::new().route("/", get(count)).with_state(connection);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, app).await?;
    Ok(())
}
