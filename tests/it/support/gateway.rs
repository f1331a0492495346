//! Owns somebody else's HTTP server: it keeps what it is sent and answers with the statuses that it was given, in
//! order, then with 200.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// What came.
#[derive(Debug)]
pub struct Received {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Received {
    /// A header field, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Starts the server; returns its port and what comes.
pub fn gateway(statuses: &'static [u16]) -> (u16, Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    let mut statuses = statuses.iter().copied();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The client hangs up when its program ends.
            drop(converse(stream, &sender, &mut statuses));
        }
    });
    (port, receiver)
}

/// The next request, within a quarter of a minute.
pub async fn next(receiver: Receiver<Received>) -> (Received, Receiver<Received>) {
    let wait = move || {
        let received = receiver.recv_timeout(Duration::from_secs(15)).expect("a request came");
        (received, receiver)
    };
    tokio::task::spawn_blocking(wait).await.unwrap()
}

fn converse(
    stream: TcpStream,
    sender: &Sender<Received>,
    statuses: &mut impl Iterator<Item = u16>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let status = statuses.next().unwrap_or(200);
    drop(sender.send(Received { method, target, headers, body: String::from_utf8(body).unwrap() }));
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status} Any\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
}
