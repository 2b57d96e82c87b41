//! JSON values as shapes: an object where a struct is asked for, never a list of its fields.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Error, Value};

/// Reads a value as a shape. serde_json's own reading takes a list for a struct, too, which no API means, and which is a
/// second reader of every struct in the program.
///
/// # Errors
/// When a field is missing, or of another type.
pub fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, Error> {
    T::deserialize(Json(value))
}

/// Reads a list as shapes, one item after another, each forgotten before the next.
///
/// # Errors
/// When it is no JSON or no list, or an item cannot be read as the shape.
pub fn read_each<T: DeserializeOwned>(bytes: &[u8], mut each: impl FnMut(T)) -> Result<(), Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    reader.deserialize_seq(Items(&mut |item: Value| read(&item).map(&mut each)))?;
    reader.end()
}

struct Items<'f>(&'f mut dyn FnMut(Value) -> Result<(), Error>);

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.0)(item).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Json<'de>(&'de Value);

impl<'de> Json<'de> {
    fn unexpected<V: Visitor<'de>>(self, visitor: &V) -> Error {
        let found = match self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(is) => Unexpected::Bool(*is),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => Unexpected::Unsigned(number),
                (None, Some(number)) => Unexpected::Signed(number),
                (None, None) => Unexpected::Float(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Error::invalid_type(found, visitor)
    }
}

impl<'de> IntoDeserializer<'de, Error> for Json<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Json<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(is) => visitor.visit_bool(*is),
            Value::Number(number) => number.deserialize_any(visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(text) => visitor.visit_borrowed_str(text),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Array(items) = self.0 else { return Err(self.unexpected(&visitor)) };
        let mut items = SeqDeserializer::new(items.iter().map(Json));
        let read = visitor.visit_seq(&mut items)?;
        items.end()?;
        Ok(read)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Value::Object(fields) = self.0 else { return Err(self.unexpected(&visitor)) };
        let mut fields = MapDeserializer::new(fields.iter().map(|(name, value)| (name.as_str(), Json(value))));
        let read = visitor.visit_map(&mut fields)?;
        fields.end()?;
        Ok(read)
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Object(fields) if fields.len() == 1 => {
                let fields = MapDeserializer::new(fields.iter().map(|(name, value)| (name.as_str(), Json(value))));
                MapAccessDeserializer::new(fields).deserialize_enum(name, variants, visitor)
            }
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct tuple_struct }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        Plain,
        Named { name: String },
        One(u32),
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Shape {
        id: u64,
        name: Option<String>,
        kinds: Vec<Kind>,
        spans: Vec<(usize, usize)>,
        #[serde(default)]
        rest: serde_json::Map<String, Value>,
    }

    #[test]
    fn what_serde_json_reads_of_an_object_is_read_the_same() {
        let value = json!({
            "id": 7, "name": null, "kinds": ["plain", {"named": {"name": "x"}}, {"one": 3}], "spans": [[1, 2], [3, 4]],
            "rest": {"a": [1, -2, 0.5, true, null, "text"]}, "unknown": {"deep": [{}]},
        });
        assert_eq!(read::<Shape>(&value).unwrap(), serde_json::from_value::<Shape>(value.clone()).unwrap());
    }

    #[test]
    fn a_list_is_read_item_by_item_and_refused_where_it_is_none() {
        let of = |text: &str| {
            let mut read = Vec::new();
            read_each(text.as_bytes(), |item: Kind| read.push(item)).map(|()| read).map_err(|error| error.to_string())
        };
        assert_eq!(of(r#"["plain", {"one": 3}]"#), Ok(vec![Kind::Plain, Kind::One(3)]));
        assert_eq!(of("[]"), Ok(vec![]));
        assert!(of(r#"["plain", 3]"#).unwrap_err().starts_with("invalid type: integer `3`, expected enum Kind"));
        assert!(of(r#"{"message": "x"}"#).unwrap_err().starts_with("invalid type: map, expected a list"));
        assert!(of(r#"["plain""#).unwrap_err().starts_with("EOF while parsing a list"));
        assert!(of(r#"[] []"#).unwrap_err().starts_with("trailing characters"));
        assert!(of("").is_err());
    }

    #[test]
    fn a_list_is_no_struct_and_a_wrong_type_is_named() {
        let said = |value: Value| read::<Shape>(&value).unwrap_err().to_string();
        assert_eq!(said(json!([7, null, [], []])), "invalid type: sequence, expected struct Shape");
        assert_eq!(said(json!({"id": "7"})), "invalid type: string \"7\", expected u64");
        assert_eq!(said(json!({"id": -7})), "invalid value: integer `-7`, expected u64");
        assert_eq!(said(json!({"id": 7, "kinds": [{}], "spans": []})), "invalid type: map, expected enum Kind");
        assert_eq!(said(json!({"id": 7, "kinds": [], "spans": [[1]]})), "invalid length 1, expected a tuple of size 2");
        assert_eq!(said(json!({"id": 7, "kinds": []})), "missing field `spans`");
        assert_eq!(said(json!(1.5)), "invalid type: floating point `1.5`, expected struct Shape");
    }
}
