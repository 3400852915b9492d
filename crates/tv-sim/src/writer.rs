//! Writes to a WebSocket, side by side with reading from it.

use futures_util::{SinkExt, stream::SplitSink};
use tokio::sync::mpsc;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::CloseFrame},
};

use crate::{
    fault::{Kill, Out, Wire},
    http::AnyStream,
};

/// Writes what comes until there is no more to come, the connection is ended, or the socket fails.
pub(crate) async fn write(
    mut sink: SplitSink<WebSocketStream<AnyStream>, Message>,
    mut outs: mpsc::Receiver<Out>,
    wire: Wire,
) {
    while let Some(out) = outs.recv().await {
        let done = match out {
            Out::Text(text) => sink.send(Message::text(text)).await,
            Out::Binary(bytes) => sink.send(Message::binary(bytes)).await,
            Out::Ping => sink.send(Message::Ping(Vec::new().into())).await,
            Out::Raw(bytes) => {
                wire.inject(&bytes);
                sink.flush().await
            }
            Out::Wire(change) => {
                wire.change(change);
                Ok(())
            }
            Out::Close(code, reason) => {
                let frame = code.map(|code| CloseFrame {
                    code: code.into(),
                    reason: reason.into(),
                });
                // If the client has gone, the close frame fails, which does not matter.
                let _ = sink.send(Message::Close(frame)).await;
                wire.kill(Kill::Fin);
                sink.flush().await
            }
            Out::Kill(kill) => {
                wire.kill(kill);
                sink.flush().await
            }
            // It was the server's, and is done.
            Out::Restart { .. } => Ok(()),
        };
        if let Err(error) = done {
            return tracing::debug!(%error, "cannot write");
        }
    }
    let _ = sink.flush().await;
}
