{{ config(materialized='view') }}
select id, country, amount, status, updated_at from {{ source('raw', 'raw_orders') }} where status <> 'test'
