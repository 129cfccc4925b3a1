{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns') }}
select id, country, amount, status, updated_at{% if var('with_note', false) %}, 'n' || id as note{% endif %}
from {{ ref('stg_orders') }}
{% if is_incremental() %}where updated_at > (select max(updated_at) from {{ this }}){% endif %}
