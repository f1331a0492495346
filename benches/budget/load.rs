//! Owns the load: a plain HTTP/1.1 client over keep-alive connections, and the loop that drives a server with many of
//! them while counting the server's processor time. It must not know what is asked.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::server::Server;

/// Connections at once.
pub const CONNECTIONS: usize = 16;

const PATIENCE: Duration = Duration::from_secs(30);

/// A keep-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// Its body.
    pub body: String,
}

/// What a piece of work cost the server.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Processor time for one piece of work, in microseconds.
    pub micros: f64,
    /// Pieces a second.
    pub rate: f64,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// When the connection breaks or the answer is not HTTP with a length.
    pub fn exchange(&mut self, request: &str) -> Result<Answer> {
        self.stream.write_all(request.as_bytes())?;
        self.buffer.clear();
        let head_length = loop {
            if let Some(found) = self.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break found + 4;
            }
            self.receive()?;
        };
        let head = String::from_utf8(self.buffer[..head_length].to_vec())?;
        let length: usize = header(&head, "content-length").unwrap_or("0").parse()?;
        while self.buffer.len() < head_length + length {
            self.receive()?;
        }
        let body = String::from_utf8(self.buffer[head_length..].to_vec())?;
        let status = head.get(9..12).context("no status line")?.parse()?;
        Ok(Answer { status, head, body })
    }

    /// As [`Connection::exchange`], and the answer must have that status.
    ///
    /// # Errors
    /// As there, and with the body when the status is another one.
    pub fn expect(&mut self, request: &str, status: u16) -> Result<Answer> {
        let answer = self.exchange(request)?;
        if answer.status != status {
            bail!(
                "expected {status}, not {}\n{}\n{}",
                request.lines().next().unwrap_or_default(),
                answer.head,
                answer.body
            );
        }
        Ok(answer)
    }

    fn receive(&mut self) -> Result<()> {
        let mut chunk = [0; 16 * 1024];
        let length = self.stream.read(&mut chunk)?;
        if length == 0 {
            bail!("the server closed the connection");
        }
        self.buffer.extend_from_slice(&chunk[..length]);
        Ok(())
    }
}

impl Answer {
    /// A header's value; names in `head` are compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// The value of a cookie that the answer sets.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.head.lines().filter_map(|line| value(line, "set-cookie"));
        cookies
            .filter_map(|cookie| cookie.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, rest)| rest.split(';').next().unwrap_or_default())
    }

    /// The text member of that name of a JSON body.
    ///
    /// # Errors
    /// When there is none.
    pub fn member(&self, name: &str) -> Result<String> {
        let document: serde_json::Value = serde_json::from_str(&self.body)?;
        Ok(document[name].as_str().with_context(|| format!("no {name} in {}", self.body))?.to_owned())
    }
}

/// Does `times` pieces of work on each of the connections, one for each of `states`, and counts what it cost the server.
///
/// # Errors
/// The first that a piece of work has.
pub fn drive<S: Send>(
    server: &Server,
    states: &mut [S],
    times: usize,
    work: impl Fn(&mut Connection, &mut S) -> Result<()> + Sync,
) -> Result<Sample> {
    let connections = states.iter().map(|_| Connection::open(server.address)).collect::<Result<Vec<_>>>()?;
    let total = (states.len() * times) as f64;
    let (before, started, work) = (server.processor_time()?, Instant::now(), &work);
    thread::scope(|scope| {
        let workers: Vec<_> = states
            .iter_mut()
            .zip(connections)
            .map(|(state, mut connection)| {
                scope.spawn(move || (0..times).try_for_each(|_| work(&mut connection, state)))
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a connection's thread died")))
    })?;
    let wall = started.elapsed().as_secs_f64();
    let used = server.processor_time()?.saturating_sub(before).as_secs_f64();
    Ok(Sample { micros: used * 1e6 / total, rate: total / wall })
}

/// A `GET` of `path` with more header lines, each ending in CRLF.
pub fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

/// A call of an operation of the user pools API.
pub fn call(operation: &str, body: &serde_json::Value) -> String {
    target("AWSCognitoIdentityProviderService", operation, body)
}

/// A call of an operation of the identity pools API.
pub fn identity_call(operation: &str, body: &serde_json::Value) -> String {
    target("AWSCognitoIdentityService", operation, body)
}

fn target(service: &str, operation: &str, body: &serde_json::Value) -> String {
    let body = body.to_string();
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {service}.{operation}\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A `POST` of a form.
pub fn post_form(path: &str, headers: &str, form: &str) -> String {
    let length = form.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n{form}"
    )
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| value(line, name))
}

fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (known, value) = line.split_once(':')?;
    known.eq_ignore_ascii_case(name).then(|| value.trim())
}
