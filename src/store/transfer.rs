//! Owns reading and writing the rows of a pool as they are, table by table, for exports. Tables and columns are read
//! from the database itself, so that a table of a later migration comes along by itself: all that belong to a pool do,
//! but for [`LEFT_OUT`]. It must not know what rows mean; sealed values pass through sealed.

use serde_json::{Map, Value};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Executor as _, Row as _};

use super::{Db, Reader, Store, number, text};
use crate::domain::ids::PoolId;
use crate::error::Error;

/// Tables that an export leaves out, with the reason. A name that ends in `*` stands for all that begin so.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("facts", "what a server knows of itself"),
    ("settings_version", "what a server knows of itself"),
    ("_sqlx_migrations", "what a server knows of itself"),
    ("sqlite*", "the database's own"),
    ("attempts", "failures are forgotten within the hour"),
    ("allowances", "counts are forgotten within the hour"),
    ("codes", "codes that were sent expire within a day"),
    ("authorization_codes", "used within minutes"),
    ("used_messages", "used within minutes"),
    ("passkey_registrations", "used within minutes"),
    ("sessions", "people sign in again"),
    ("upstream_sessions", "people sign in again"),
    ("families", "people sign in again"),
    ("refresh_tokens", "people sign in again"),
    ("import_*", "jobs end where they began"),
    ("identity_pool*", "no part of a user pool"),
    ("identity_logins", "no part of a user pool"),
    ("pool_identities", "no part of a user pool"),
    ("issuer_keys", "no part of a user pool"),
];

/// Tables that others refer to, in the order in which they are filled.
const FIRST: [&str; 5] = ["pools", "clients", "users", "user_groups", "brandings"];

/// A row by column.
pub type Row = Map<String, Value>;

/// A table that belongs to a pool.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: String,
    columns: Vec<Column>,
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    is_number: bool,
    /// The place in the primary key; 0 for none.
    key: i64,
}

type Statement<'q> = Query<'q, Any, AnyArguments>;

/// The tables of a pool, those first that others refer to.
///
/// # Errors
/// When the database fails.
pub async fn tables(store: &Store) -> Result<Vec<Table>, Error> {
    let mut db = store.read().await?;
    let rows = sqlx::query(catalogue(store.is_sqlite())).fetch_all(&mut *db).await?;
    let mut tables: Vec<Table> = Vec::new();
    for row in &rows {
        let (name, column) = (text(row, "table_name")?, text(row, "column_name")?);
        let is_number = text(row, "column_type")?.eq_ignore_ascii_case("bigint");
        if tables.last().is_none_or(|table| table.name != name) {
            tables.push(Table { name, columns: Vec::new() });
        }
        if let Some(table) = tables.last_mut() {
            table.columns.push(Column { name: column, is_number, key: number(row, "place")? });
        }
    }
    tables.retain(|table| !is_left_out(&table.name) && table.belongs_to_a_pool());
    let place = |table: &Table| FIRST.iter().position(|name| *name == table.name).unwrap_or(FIRST.len());
    tables.sort_by(|one, other| (place(one), &one.name).cmp(&(place(other), &other.name)));
    Ok(tables)
}

/// Whether [`LEFT_OUT`] names a table.
#[must_use]
pub fn is_left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|(known, _)| known.strip_suffix('*').map_or(*known == name, |start| name.starts_with(start)))
}

/// A connection on which everything is read as it is now, whatever is written meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn snapshot(store: &Store) -> Result<Reader, Error> {
    let mut db = store.read().await?;
    let begin = if store.is_sqlite() { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ" };
    db.execute(sqlx::raw_sql(begin)).await?;
    Ok(db)
}

/// Lets a snapshot go.
///
/// # Errors
/// When the database fails.
pub async fn release(mut db: Reader) -> Result<(), Error> {
    db.execute(sqlx::raw_sql("ROLLBACK")).await?;
    Ok(())
}

impl Table {
    /// Whether it has that column.
    #[must_use]
    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    /// The names of its columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Whether `row` has this table's columns and no others, each of its type.
    #[must_use]
    pub fn fits(&self, row: &Row) -> bool {
        row.len() == self.columns.len()
            && self.columns.iter().all(|column| match row.get(&column.name) {
                Some(Value::Null) => column.key == 0,
                Some(Value::String(text)) => !column.is_number && !text.contains('\0'),
                Some(Value::Number(number)) => column.is_number && number.is_i64(),
                _ => false,
            })
    }

    /// The column that names the pool.
    #[must_use]
    pub fn owner(&self) -> &'static str {
        if self.name == "pools" { "id" } else { "pool_id" }
    }

    /// Rows of a pool in the order of their keys, after `after`. Where the pool alone is the key, there is one row.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(
        &self,
        db: &mut Db,
        (pool, after): (&PoolId, Option<&Row>),
        limit: i64,
    ) -> Result<Vec<Row>, Error> {
        if after.is_some() && self.key().next().is_none() {
            return Ok(Vec::new());
        }
        let statement = self.select(after.is_some());
        let mut query = sqlx::query(AssertSqlSafe(statement)).bind(pool.as_str().to_owned()).bind(limit);
        if let Some(after) = after {
            for column in self.key() {
                query = bind(query, column, after.get(&column.name));
            }
        }
        let rows = query.fetch_all(db).await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    /// Keeps a row.
    ///
    /// # Errors
    /// When the database fails, or somebody has the row's key already.
    pub async fn insert(&self, db: &mut Db, row: &Row) -> Result<(), Error> {
        let statement = self.insertion();
        let mut query = sqlx::query(AssertSqlSafe(statement));
        for column in &self.columns {
            query = bind(query, column, row.get(&column.name));
        }
        query.execute(db).await?;
        Ok(())
    }

    /// The statement that reads a page, for a look at its plan too.
    #[must_use]
    pub fn select(&self, is_continued: bool) -> String {
        let columns = names(self.columns.iter());
        let key = names(self.key());
        let places: Vec<String> = (0..self.key().count()).map(|place| format!("${}", place + 3)).collect();
        let after = match (is_continued, key.is_empty()) {
            (true, false) => format!(" AND ({key}) > ({})", places.join(", ")),
            _ => String::new(),
        };
        let order = if key.is_empty() { self.owner().to_owned() } else { key };
        format!("SELECT {columns} FROM {} WHERE {} = $1{after} ORDER BY {order} LIMIT $2", self.name, self.owner())
    }

    fn insertion(&self) -> String {
        let places: Vec<String> = (1..=self.columns.len()).map(|place| format!("${place}")).collect();
        format!("INSERT INTO {} ({}) VALUES ({})", self.name, names(self.columns.iter()), places.join(", "))
    }

    /// The rest of the primary key, once the pool is known; nothing where the pool alone is the key.
    fn key(&self) -> impl Iterator<Item = &Column> {
        let mut key: Vec<&Column> =
            self.columns.iter().filter(|column| column.key > 0 && column.name != self.owner()).collect();
        key.sort_by_key(|column| column.key);
        key.into_iter()
    }

    fn belongs_to_a_pool(&self) -> bool {
        self.name == "pools" || self.has_column("pool_id")
    }

    fn read(&self, row: &AnyRow) -> Result<Row, Error> {
        let value = |column: &Column| -> Result<Value, Error> {
            let name = column.name.as_str();
            if column.is_number {
                return Ok(row.try_get::<Option<i64>, _>(name)?.map_or(Value::Null, Value::from));
            }
            Ok(row.try_get::<Option<String>, _>(name)?.map_or(Value::Null, Value::from))
        };
        self.columns.iter().map(|column| Ok((column.name.clone(), value(column)?))).collect()
    }
}

fn names<'a>(columns: impl Iterator<Item = &'a Column>) -> String {
    columns.map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn bind<'q>(query: Statement<'q>, column: &Column, value: Option<&Value>) -> Statement<'q> {
    if column.is_number {
        return query.bind(value.and_then(Value::as_i64));
    }
    query.bind(value.and_then(Value::as_str).map(str::to_owned))
}

/// What lists all columns of all tables.
const fn catalogue(is_sqlite: bool) -> &'static str {
    if is_sqlite {
        return "SELECT m.name AS table_name, p.name AS column_name, p.type AS column_type, p.pk AS place \
             FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p WHERE m.type = 'table' ORDER BY m.name, p.cid";
    }
    "SELECT CAST(c.table_name AS TEXT) AS table_name, CAST(c.column_name AS TEXT) AS column_name, \
     CAST(c.data_type AS TEXT) AS column_type, CAST(COALESCE(k.ordinal_position, 0) AS BIGINT) AS place \
     FROM information_schema.columns AS c \
     LEFT JOIN information_schema.table_constraints AS t ON t.table_schema = c.table_schema \
     AND t.table_name = c.table_name AND t.constraint_type = 'PRIMARY KEY' \
     LEFT JOIN information_schema.key_column_usage AS k ON k.table_schema = t.table_schema \
     AND k.constraint_name = t.constraint_name AND k.table_name = t.table_name AND k.column_name = c.column_name \
     WHERE c.table_schema = current_schema() ORDER BY c.table_name, c.ordinal_position"
}
