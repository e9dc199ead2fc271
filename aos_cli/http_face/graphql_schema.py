"""The GraphQL schema of Arweave's gateways, as far as AO's clients use it.

Source: the names and types of the public gateways' schema, and the documents that AO's clients send.
"""

from __future__ import annotations

from functools import cache

from graphql import GraphQLSchema, build_schema

DEFAULT_FIRST = 10

_TYPES = f"""
type Query {{
  "One transaction or data item."
  transaction(id: ID!): Transaction

  "Transactions and data items that pass every filter."
  transactions(
    ids: [ID!]
    owners: [String!]
    recipients: [String!]
    tags: [TagFilter!]
    "Items that the uploader got in one of these bundles."
    bundledIn: [ID!]
    block: BlockFilter
    first: Int = {DEFAULT_FIRST}
    after: String
    sort: SortOrder = HEIGHT_DESC
  ): TransactionConnection!

  "One block by its id."
  block(id: String): Block

  blocks(
    ids: [ID!]
    height: BlockFilter
    first: Int = {DEFAULT_FIRST}
    after: String
    sort: SortOrder = HEIGHT_DESC
  ): BlockConnection!
}}

"Within a block the order is that in which things came, so the last two give what the first two do."
enum SortOrder {{ HEIGHT_ASC HEIGHT_DESC INGESTED_AT_ASC INGESTED_AT_DESC }}

enum TagOperator {{ EQ NEQ }}

"A tag of that name with one of the values; with NEQ, none such."
input TagFilter {{
  name: String!
  values: [String!]!
  op: TagOperator = EQ
}}

"Heights of the first and the last block."
input BlockFilter {{
  min: Int
  max: Int
}}

type PageInfo {{ hasNextPage: Boolean! }}

type TransactionConnection {{
  pageInfo: PageInfo!
  edges: [TransactionEdge!]!
}}

type TransactionEdge {{
  cursor: String!
  node: Transaction!
}}

type Transaction {{
  id: ID!
  anchor: String!
  signature: String!
  recipient: String!
  owner: Owner!
  fee: Amount!
  quantity: Amount!
  data: MetaData!
  tags: [Tag!]!
  block: Block
  "Seconds since 1970; the time of the block."
  ingested_at: Int
  parent: Parent
  bundledIn: Bundle
}}

type Owner {{
  address: String!
  key: String!
}}

type Amount {{
  winston: String!
  ar: String!
}}

type MetaData {{
  "In bytes."
  size: String!
  "Value of the tag Content-Type."
  type: String
}}

type Tag {{
  name: String!
  value: String!
}}

type Parent {{ id: ID! }}

type Bundle {{ id: ID! }}

type BlockConnection {{
  pageInfo: PageInfo!
  edges: [BlockEdge!]!
}}

type BlockEdge {{
  cursor: String!
  node: Block!
}}

type Block {{
  id: ID!
  "Seconds since 1970."
  timestamp: Int!
  height: Int!
  previous: ID!
}}
"""


@cache
def gateway_schema() -> GraphQLSchema:
    """The schema, ready for execution with a `Root` as the root value."""
    return build_schema(_TYPES)
